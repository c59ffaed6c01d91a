import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { createApi, type TunelensApi } from "./api.js";
import { provideStoredCode } from "./code-changes.js";
import { CodeStudies, studyLanguages } from "./code-studies.js";
import { registerCommands, StudyCommands } from "./command-handlers.js";
import { DashboardPanels, pageBundle } from "./dashboard-panel.js";
import { databaseDrop, registerEditors } from "./database-editor.js";
import { InspectorConnection } from "./inspector-connection.js";
import { OlderStorages } from "./older-storages.js";
import { Output } from "./output.js";
import { reloadWhenBuilt } from "./page-reload.js";
import { notifyAdvice, notifyMistake, notifyRunEnd } from "./run-notifications.js";
import { RunningStudies } from "./running-studies.js";
import { RunStatus } from "./run-status.js";
import { SavedModels } from "./saved-models.js";
import { ScriptStudies } from "./script-studies.js";
import { FailureHints } from "./failure-hints.js";
import { SpaceHints } from "./space-hints.js";
import { SpaceInsight } from "./space-insight.js";
import { SpaceMistakes } from "./space-mistakes.js";
import { SourceReader } from "./source-reader.js";
import { StudyLenses } from "./study-lenses.js";
import { StudyRunner } from "./study-runner.js";
import { StudyStore } from "./study-store.js";
import type { StudyTarget } from "./study-target.js";
import { TrialTree } from "./trial-tree.js";
import { guarded, storageExists, WorkspaceStorages } from "./workspace-storages.js";

export interface Tunelens {
  readonly api: TunelensApi;
  /** Ends every process when disposed. */
  readonly parts: vscode.Disposable;
  /** Tells the runs that the window goes; VS Code waits for nothing that `parts` do. */
  leave(): Promise<void>;
}

/** Creates the extension's parts and connects them. Processes start and storages are read only when a part first needs them. */
export function createTunelens(context: vscode.ExtensionContext): Tunelens {
  const { extensionPath, extensionUri } = context;
  const output = new Output();
  const connection = new InspectorConnection({
    entry: join(extensionPath, "dist", "inspector", "main.js"),
    cwd: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir(),
    output,
    storageChanged: (storage) => void store.refresh(storage),
  });
  const inspector = guarded(connection.functions);
  const store: StudyStore = new StudyStore({
    inspector,
    storageExists,
    watch: (storage) => connection.watch(storage),
    unwatch: (storage) => connection.unwatch(storage),
    isTrusted: () => vscode.workspace.isTrusted,
  });
  const storages = new WorkspaceStorages(store);
  const reader = new SourceReader(join(extensionPath, "dist", "source", "source-worker.js"));
  const studies = new CodeStudies(store, reader);
  const scripts = new ScriptStudies(reader);
  const runner = new StudyRunner({ store, output, version: versionOf(context), extensionPath });
  const running = new RunningStudies(runner);
  const dashboards = new DashboardPanels({ store, inspector, runner, extensionUri }, context);
  const seen = (target: StudyTarget) => storages.addOf(target);
  const lenses = new StudyLenses(studies, store, seen);
  const insight = new SpaceInsight(store, inspector);
  const models = new SavedModels();
  const tree = new TrialTree(store, inspector, models, () => storages.prepare());
  const view = studiesView(tree);
  const older = new OlderStorages(store, inspector);
  const status = new RunStatus(store, view);
  const prepare = async () => {
    storages.prepare();
    await store.refreshAll();
  };
  const commands = new StudyCommands({
    store,
    studies,
    scripts,
    runner,
    dashboards,
    tree,
    older,
    models,
    output,
    inspector,
    prepare,
    refresh: () => (connection.retry(), store.refreshAll()),
    extensionPath,
  });

  showChanges({ store, tree, lenses, insight, status, dashboards, older, models });
  const parts = vscode.Disposable.from(
    ...registerCommands(commands.handlers(), output),
    runner.onDidEnd((end) => {
      if (end.kind === "retrain") models.forget();
      void notifyRunEnd(end);
    }),
    runner.onDidWarn((mistake) => void notifyMistake(mistake)),
    runner.onDidAdvise((advice) => void notifyAdvice(advice)),
    models,
    ...registerLenses(lenses, scripts),
    ...registerHints(studies, insight, seen),
    insight,
    ...registerEditors({ store, storages, dashboards, workspaceState: context.workspaceState }),
    ...contextKeys(studies),
    ...workspaceChanges({ storages, lenses, store, running }),
    running,
    view,
    status,
    lenses,
    storages,
    studies,
    ...[runner, connection, store].map((part) => ({ dispose: () => void part.dispose() })),
    output,
    provideStoredCode(inspector),
    ...inDevelopment(context, dashboards),
  );
  return { api: createApi({ store, inspector, prepare }), parts, leave: () => runner.dispose() };
}

function versionOf({ extension }: vscode.ExtensionContext): string {
  return (extension.packageJSON as { version: string }).version;
}

function files(languages: readonly string[]): vscode.DocumentFilter[] {
  return languages.map((language) => ({ language, scheme: "file" }));
}

function registerHints(
  studies: CodeStudies,
  insight: SpaceInsight,
  seen: (target: StudyTarget) => void,
): vscode.Disposable[] {
  const hints = new SpaceHints(studies, insight, seen);
  const failures = new FailureHints(studies, insight);
  return [
    hints,
    failures,
    new SpaceMistakes(studies),
    vscode.languages.registerInlayHintsProvider(files(studyLanguages), hints),
    vscode.languages.registerHoverProvider(files(studyLanguages), hints),
    vscode.languages.registerCodeActionsProvider(files(studyLanguages), hints),
    vscode.languages.registerCodeActionsProvider(files(studyLanguages), failures),
  ];
}

function registerLenses(lenses: StudyLenses, scripts: ScriptStudies): vscode.Disposable[] {
  return [
    vscode.languages.registerCodeLensProvider(files(studyLanguages), lenses),
    vscode.languages.registerCodeLensProvider(files(ScriptStudies.languages), scripts),
  ];
}

function studiesView(treeDataProvider: TrialTree) {
  const options = { treeDataProvider, showCollapseAll: true, dragAndDropController: databaseDrop };
  return vscode.window.createTreeView("tunelens.trials", options);
}

interface Shown {
  readonly store: StudyStore;
  readonly tree: TrialTree;
  readonly lenses: StudyLenses;
  readonly insight: SpaceInsight;
  readonly status: RunStatus;
  readonly dashboards: DashboardPanels;
  readonly older: OlderStorages;
  readonly models: SavedModels;
}

function showChanges({ store, tree, lenses, insight, status, dashboards, older, models }: Shown): void {
  models.onDidChange(() => tree.refresh());
  store.events.on("changed", () => {
    tree.refresh();
    lenses.refresh();
    insight.refresh();
    status.update();
    dashboards.update();
    older.offer();
  });
  store.events.on("progress", (study, event) => {
    tree.showProgress(study, event);
    dashboards.showProgress(study, event);
    status.update();
  });
}

function inDevelopment({ extensionMode, extensionUri }: vscode.ExtensionContext, dashboards: DashboardPanels) {
  if (extensionMode !== vscode.ExtensionMode.Development) return [];
  return [reloadWhenBuilt(pageBundle(extensionUri), () => dashboards.render())];
}

/** `tunelens.activeEditorHasStudies`, for the menus of the editor. */
function contextKeys(studies: CodeStudies): vscode.Disposable[] {
  let shown: boolean | undefined;
  const update = async () => {
    const editor = vscode.window.activeTextEditor;
    // When a panel or an output has the focus, the editor beside it still counts.
    if (!editor && vscode.window.visibleTextEditors.length > 0) return;
    const inEditor = editor ? await studies.inDocument(editor.document) : [];
    // Meanwhile, another editor may have become active.
    if (editor !== vscode.window.activeTextEditor) return;
    const has = inEditor.some(({ target }) => target !== null);
    if (has === shown) return;
    shown = has;
    void vscode.commands.executeCommand("setContext", "tunelens.activeEditorHasStudies", has);
  };
  void update();
  return [
    vscode.window.onDidChangeActiveTextEditor(() => void update()),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document === vscode.window.activeTextEditor?.document) void update();
    }),
  ];
}

interface ChangedParts {
  readonly running: RunningStudies;
  readonly storages: WorkspaceStorages;
  readonly lenses: StudyLenses;
  readonly store: StudyStore;
}

function workspaceChanges({ storages, lenses, store, running }: ChangedParts): vscode.Disposable[] {
  return [
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (!change.affectsConfiguration("tunelens")) return;
      storages.addConfigured();
      lenses.redraw();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(({ removed }) => {
      for (const { uri } of removed) storages.removeFolder(uri.fsPath);
      storages.addConfigured();
      running.look();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      running.look();
      storages.addConfigured();
      void store.refreshAll();
      lenses.redraw();
      store.changed();
    }),
  ];
}
