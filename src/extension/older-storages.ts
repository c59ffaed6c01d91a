import { basename } from "node:path";
import * as vscode from "vscode";
import type { InspectorFunctions } from "../protocol/inspector.js";
import { readSettings } from "./settings.js";
import { plural } from "../format/plural.js";
import { formatStorageUrl } from "../protocol/storage-url.js";
import { absoluteStorage, storageLabel } from "./storage-url.js";
import type { StorageState, StudyStore } from "./study-store.js";
import { pickOne, showMessage, showProgress } from "./surfaces.js";

/** Storages that Optuna wrote before version 5: they are read-only, but a copy can be migrated. */
export class OlderStorages {
  private readonly offered = new Set<string>();

  constructor(
    private readonly store: StudyStore,
    private readonly inspector: InspectorFunctions,
  ) {}

  /** Once for each storage, if notifications are on and the workspace is trusted. */
  offer(): void {
    if (!vscode.workspace.isTrusted) return;
    for (const state of this.all()) {
      if (this.offered.has(state.storage)) continue;
      this.offered.add(state.storage);
      if (readSettings(vscode.Uri.file(state.folder)).notifications === "all") void this.offerCopy(state);
    }
  }

  async pick(): Promise<string | undefined> {
    const items = this.all().map(({ storage, folder, studies }) => ({
      icon: "database",
      label: storageLabel(storage, folder),
      description: `Optuna ${studies[0]!.olderLibrary}`,
      storage,
    }));
    if (items.length <= 1) {
      if (items.length === 0)
        void showMessage("info", "Nothing to migrate. Every storage already uses Optuna 5's schema.");
      return items[0]?.storage;
    }
    const title = "Select a storage to migrate a copy of";
    return (await pickOne(items, { title }))?.storage;
  }

  /** Writes the copy beside the file and shows it. @throws Error with a `StorageErrorCode`, from the inspector. */
  async migrateCopy({ storage, folder }: StorageState): Promise<void> {
    const label = storageLabel(storage, folder);
    const { output, trials } = await showProgress(`Migrating a copy of ${label}…`, () =>
      this.inspector.migrateCopy(storage),
    );
    const copy = absoluteStorage(output, folder);
    this.store.addStorage(copy, folder);
    void this.offerUse(
      copy,
      folder,
      `Copied ${plural(trials, "trial")} of ${label} to ${basename(output)}. You can resume its studies.`,
    );
  }

  private async offerUse(copy: string, folder: string, message: string): Promise<void> {
    const use = "Use for This Workspace";
    if ((await showMessage("info", message, [use])) !== use) return;
    const setting = formatStorageUrl(storageLabel(copy, folder));
    await vscode.workspace
      .getConfiguration("tunelens", vscode.Uri.file(folder))
      .update("storage", setting, vscode.ConfigurationTarget.Workspace);
  }

  private all(): StorageState[] {
    return this.store.allStorages().filter(({ studies }) => studies.some(({ olderLibrary }) => olderLibrary !== null));
  }

  private async offerCopy(state: StorageState): Promise<void> {
    const migrate = "Migrate a Copy";
    const { storage, folder, studies } = state;
    const message =
      `${storageLabel(storage, folder)} was written by Optuna ${studies[0]!.olderLibrary}, so Tunelens opens it read-only. ` +
      "To resume its studies, migrate a copy. The file itself does not change.";
    if ((await showMessage("info", message, [migrate])) === migrate)
      await vscode.commands.executeCommand("tunelens.migrateCopy", { state });
  }
}
