import { basename, dirname } from "node:path";
import * as vscode from "vscode";
import { plural } from "../format/plural.js";
import { DASHBOARD_VIEW_TYPE, type DashboardPanels } from "./dashboard-panel.js";
import { fileStorage } from "./storage-url.js";
import { storedTarget, type StudyTarget } from "./study-target.js";
import type { StorageState, StudyStore } from "./study-store.js";
import { askOpenPath, pickOne, showMessage } from "./surfaces.js";
import type { WorkspaceStorages } from "./workspace-storages.js";

const DATABASE_EDITOR = "tunelens.database";

interface DatabaseContext {
  readonly store: StudyStore;
  readonly storages: WorkspaceStorages;
  readonly dashboards: DashboardPanels;
  /** Remembers which study of a file was chosen. */
  readonly workspaceState: vscode.Memento;
}

/** Registers what shows a study in a tab that VS Code restores: its dashboard, and the editor of its database. */
export function registerEditors(context: DatabaseContext): vscode.Disposable[] {
  return [
    vscode.window.registerWebviewPanelSerializer(DASHBOARD_VIEW_TYPE, context.dashboards),
    vscode.window.registerCustomEditorProvider(DATABASE_EDITOR, new DatabaseEditor(context)),
  ];
}

/** Opens a database's file: the one given (by the file explorer, or dropped), or the one that the user chooses. */
export async function openDatabase(argument: unknown): Promise<void> {
  const file = argument instanceof vscode.Uri ? argument : await askOpenPath("Open Database", databaseFilters);
  if (file) await vscode.commands.executeCommand("vscode.openWith", file, DATABASE_EDITOR);
}

const databaseFilters = {
  "Optuna storages": ["db", "sqlite3", "sqlite", "log", "journal"],
  "All files": ["*"],
};

const URI_LIST = "text/uri-list";

/** Opens the databases that are dropped into the view of studies. */
export const databaseDrop: vscode.TreeDragAndDropController<never> = {
  dropMimeTypes: [URI_LIST],
  dragMimeTypes: [],
  async handleDrop(_target, data) {
    const dropped = await data.get(URI_LIST)?.asString();
    const uris = (dropped ?? "").split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#"));
    for (const uri of uris) await openDatabase(vscode.Uri.parse(uri, true));
  },
};

/** Shows a study of a database's file as its dashboard. A file that is not Optuna's is left to VS Code. */
class DatabaseEditor implements vscode.CustomReadonlyEditorProvider {
  constructor(private readonly context: DatabaseContext) {}

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => {} };
  }

  async resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): Promise<void> {
    const state = await this.read(uri);
    if (typeof state === "string") return this.leave(uri, panel, state);
    if (state.studies.length === 0) return this.leave(uri, panel, "it has no studies yet");
    const target = await this.choose(uri, state);
    if (target) this.context.dashboards.showIn(panel, target);
    else panel.dispose();
  }

  /** @returns why it cannot be shown, or what is in it. */
  private async read(uri: vscode.Uri): Promise<StorageState | string> {
    const { store, storages } = this.context;
    if (uri.scheme !== "file") return "it is not on this computer";
    const storage = fileStorage(uri.fsPath);
    const isKnown = store.storage(storage) !== undefined;
    storages.add(storage, vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? dirname(uri.fsPath));
    await store.refresh(storage);
    const state = store.storage(storage);
    if (state === undefined) return "it is outside this workspace, which is not trusted";
    if (state.error === null) return state;
    if (!isKnown) storages.remove(storage);
    return state.error.message;
  }

  /** The only study, the one that was chosen before, or the one that the user chooses. */
  private async choose(uri: vscode.Uri, state: StorageState): Promise<StudyTarget | undefined> {
    const key = `database:${uri.toString()}`;
    const { workspaceState } = this.context;
    const before = workspaceState.get<string>(key);
    const { studies } = state;
    const known = studies.length === 1 ? studies[0] : studies.find(({ name }) => name === before);
    if (known) return storedTarget(state, known);
    const choices = studies.map((study) => ({
      icon: "beaker",
      label: study.name,
      description: plural(
        Object.values(study.counts).reduce((sum, count) => sum + count, 0),
        "trial",
      ),
      study,
    }));
    const chosen = await pickOne(choices, { title: `Select a study of ${basename(uri.fsPath)}` });
    if (!chosen) return undefined;
    await workspaceState.update(key, chosen.study.name);
    return storedTarget(state, chosen.study);
  }

  private async leave(uri: vscode.Uri, panel: vscode.WebviewPanel, why: string): Promise<void> {
    panel.dispose();
    void showMessage("warning", `Tunelens cannot show ${basename(uri.fsPath)}: ${why.replace(/\.$/, "")}.`);
    await vscode.commands.executeCommand("vscode.openWith", uri, "default");
  }
}
