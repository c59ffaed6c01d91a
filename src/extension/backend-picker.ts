import * as vscode from "vscode";
import type { BackendList, ProbedBackend } from "../protocol/trainer.js";
import { backendItems, type BackendItem } from "./backend-items.js";
import { readSettings } from "./settings.js";
import {
  choiceButton,
  choiceItem,
  createChoiceList,
  createTerminal,
  showMessage,
  showStatusMessage,
} from "./surfaces.js";

interface Trial {
  /** Where the packages of optional backends are looked for. */
  readonly folder: vscode.Uri;
  /** Takes seconds; ended by the signal. */
  readonly probe: (signal: AbortSignal) => Promise<BackendList>;
}

/** Lists what can train in a folder while it is found out, and writes what the user chooses to the setting. */
export async function selectBackend({ folder, probe }: Trial): Promise<void> {
  const current = readSettings(folder).backend ?? "auto";
  const chosen = await pick(current, folder, probe);
  if (!chosen) return;
  if (chosen.probe && !chosen.probe.usable && !(await wantsUnusable(chosen.probe, folder))) return;
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
async function wantsUnusable(probe: ProbedBackend & { usable: false }, folder: vscode.Uri): Promise<boolean> {
  const { name, reason, command } = probe;
  const run = "Run in Terminal";
  const anyway = "Select Anyway";
  const actions = [...(command ? [run] : []), anyway];
  const chosen = await showMessage("warning", `${name} is not available here yet.`, actions, { detail: reason });
  if (chosen === run) runInTerminal(command!, folder);
  return chosen === anyway;
}

function runInTerminal(command: string, folder: vscode.Uri): void {
  const terminal = createTerminal("Training backend", folder);
  terminal.show();
  terminal.sendText(command);
}
