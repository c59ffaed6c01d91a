import * as vscode from "vscode";
import type { BackendInfo, BackendList, InstallBackendRequest, ProbedBackend } from "../protocol/trainer.js";
import { backendItems, type BackendItem } from "./backend-items.js";
import { readSettings } from "./settings.js";
import {
  choiceButton,
  choiceItem,
  createChoiceList,
  createTerminal,
  showCancellableProgress,
  showMessage,
  showStatusMessage,
} from "./surfaces.js";
import { toWireError } from "../supervisor/wire-error.js";

interface Trial {
  /** Where the packages of optional backends are looked for. */
  readonly folder: vscode.Uri;
  /** Takes seconds; ended by the signal. */
  readonly probe: (signal: AbortSignal) => Promise<BackendList>;
  /** Takes a minute; ended by the signal. */
  readonly install: (backend: InstallBackendRequest["backend"], signal: AbortSignal) => Promise<BackendInfo>;
}

type Unusable = ProbedBackend & { readonly usable: false };

/** Lists what can train in a folder while it is found out, and writes what the user chooses to the setting. */
export async function selectBackend(trial: Trial): Promise<void> {
  const { folder, probe } = trial;
  const current = readSettings(folder).backend ?? "auto";
  const chosen = await pick(current, folder, probe);
  if (!chosen) return;
  if (chosen.probe && !chosen.probe.usable && !(await wantsUnusable(chosen.probe, trial))) return;
  const severalFolders = (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
  const target = severalFolders ? vscode.ConfigurationTarget.WorkspaceFolder : vscode.ConfigurationTarget.Workspace;
  await vscode.workspace.getConfiguration("tunelens", folder).update("backend", chosen.backend, target);
  showStatusMessage("chip", `Studies train on ${chosen.backend} from their next start.`, 6_000);
}

function pick(current: string, folder: vscode.Uri, probe: Trial["probe"]): Promise<BackendItem | undefined> {
  const list = createChoiceList<BackendItem>("Training Backend");
  const closed = new AbortController();
  list.placeholder = "Testing each backend…";
  list.matchOnDetail = true;
  list.busy = true;
  // Trying takes seconds; the list stays open when the user looks at something else.
  list.ignoreFocusOut = true;
  const show = (probed?: BackendList) => {
    list.items = backendItems(probed, current).map((item) => ({ ...choiceItem(item), buttons: buttonsOf(item.probe) }));
    list.activeItems = list.items.filter(({ choice }) => choice.backend === current);
  };
  show();
  list.show();
  return new Promise((resolve, reject) => {
    const done = (chosen: BackendItem | undefined) => {
      resolve(chosen);
      closed.abort();
      list.dispose();
    };
    list.onDidAccept(() => done(list.selectedItems[0]?.choice));
    list.onDidHide(() => done(undefined));
    list.onDidTriggerItemButton(({ item }) => {
      const probed = item.choice.probe;
      if (probed && !probed.usable && probed.command) runInTerminal(probed.command, folder);
      done(undefined);
    });
    probe(closed.signal).then(
      (probed) => {
        if (closed.signal.aborted) return;
        list.busy = false;
        list.placeholder = "Select a backend for studies that don't set one";
        show(probed);
      },
      (error: unknown) => {
        // The user has closed the list.
        if (closed.signal.aborted) return;
        reject(error);
        list.dispose();
      },
    );
  });
}

function buttonsOf(probe: ProbedBackend | undefined): vscode.QuickInputButton[] {
  if (!probe || probe.usable || !probe.command) return [];
  return [choiceButton("terminal", `Run in a terminal: ${probe.command}`)];
}

/** Explains how to make an unavailable backend work before choosing it. */
async function wantsUnusable(probe: Unusable, { folder, install }: Trial): Promise<boolean> {
  const { name, reason, command, canBuild } = probe;
  const run = "Run in Terminal";
  const build = "Build for Python's TensorFlow";
  const anyway = "Select Anyway";
  const actions = [...(command ? [run] : []), ...(canBuild ? [build] : []), anyway];
  const chosen = await showMessage("warning", `${name} is not available here yet.`, actions, { detail: reason });
  if (chosen === run) runInTerminal(command!, folder);
  if (chosen === build) return buildBackend(name as InstallBackendRequest["backend"], install);
  return chosen === anyway;
}

/** @returns whether it trains here now. */
async function buildBackend(name: InstallBackendRequest["backend"], install: Trial["install"]): Promise<boolean> {
  try {
    const info = await showCancellableProgress(`Building ${name} against the TensorFlow of your Python…`, (signal) =>
      install(name, signal),
    );
    if (!info) return false;
    void showMessage("info", `Installed ${name}: it trains on ${info.device}.`);
    return true;
  } catch (error) {
    await showMessage("error", `${name} was not installed.`, [], { detail: toWireError(error).message });
    return false;
  }
}

function runInTerminal(command: string, folder: vscode.Uri): void {
  const terminal = createTerminal("Training backend", folder);
  terminal.show();
  terminal.sendText(command);
}
