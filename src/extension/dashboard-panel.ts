import { randomBytes } from "node:crypto";
import { createBirpc } from "birpc";
import * as v from "valibot";
import * as vscode from "vscode";
import type { ChartData, ChartName, ChartRequest } from "../protocol/charts.js";
import type {
  DashboardAction,
  DashboardHostFunctions,
  DashboardPanelFunctions,
  DashboardSnapshot,
} from "../protocol/dashboard.js";
import { showArtifact } from "./artifact-files.js";
import { dashboardPage } from "./dashboard-html.js";
import { plural } from "../format/plural.js";
import type { InspectorFunctions } from "../protocol/inspector.js";
import type { EpochEnded } from "../protocol/trainer.js";
import { PROTOCOL_VERSION } from "../protocol/wire.js";
import type { Annotation } from "../protocol/annotations.js";
import { showTrialChanges } from "./code-changes.js";
import type { Command } from "./commands.js";
import { checkedFunctions, panelCall } from "./dashboard-messages.js";
import { keyOf, type StudyId, sameStudy } from "./study-id.js";
import type { StudyRunner } from "./study-runner.js";
import type { StudyStore } from "./study-store.js";
import type { StudyTarget } from "./study-target.js";
import { saveFile } from "./save-file.js";
import { SavedLayouts } from "./saved-layouts.js";
import { createPanel, panelTitle, showStatusMessage } from "./surfaces.js";
import { toWireError } from "../supervisor/wire-error.js";
import { isTrusted } from "./workspace-trust.js";

export const DASHBOARD_VIEW_TYPE = "tunelens.dashboard";

/** The folder of what the page loads. */
export function pageBundle(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, "dist", "webview");
}

interface PanelContext {
  readonly store: StudyStore;
  readonly inspector: InspectorFunctions;
  readonly runner: Pick<StudyRunner, "annotate">;
  readonly extensionUri: vscode.Uri;
  readonly layouts: SavedLayouts;
  /** The page of a panel changed the layouts. */
  readonly onLayout: (by: DashboardPanel) => void;
}

/** All open dashboards, one per study. Restores them after the window reloads. */
export class DashboardPanels implements vscode.WebviewPanelSerializer {
  private readonly panels = new Map<string, DashboardPanel>();
  /** Those in editors of databases, which VS Code restores. */
  private readonly inEditors = new Set<DashboardPanel>();

  private readonly context: PanelContext;
  /** The studies that had a panel when the window closed, in case a page could not save this itself. */
  private readonly memory: vscode.Memento;

  constructor(
    context: Omit<PanelContext, "layouts" | "onLayout">,
    { globalState, workspaceState }: Pick<vscode.ExtensionContext, "globalState" | "workspaceState">,
  ) {
    const onLayout = (by: DashboardPanel) => {
      for (const panel of this.all()) if (panel !== by) panel.takeLayouts();
    };
    this.context = { ...context, layouts: new SavedLayouts(globalState), onLayout };
    this.memory = workspaceState;
  }

  /** @param asked a study, and a trial to select in its dashboard. */
  open(asked: StudyTarget): void {
    const { trial, ...target } = asked;
    const preserveFocus = trial !== undefined;
    const existing = this.panels.get(keyOf(target.study));
    if (existing) {
      existing.reveal(target, preserveFocus);
      if (trial !== undefined) existing.select(trial);
      return;
    }
    const column = vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    // A click on a trial shows the dashboard; the keyboard stays in the list.
    const show = { viewColumn: column, preserveFocus };
    const panel = this.adopt(createPanel(DASHBOARD_VIEW_TYPE, target.study.name, show), target);
    if (trial !== undefined) panel.select(trial);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    const remembered = this.remembered();
    const open = [...this.panels.keys()];
    const target = remembered.find(
      ({ study }) => panelTitle(study.name) === panel.title && !open.includes(keyOf(study)),
    );
    if (target) this.adopt(panel, target);
    else panel.dispose();
    return Promise.resolve();
  }

  /** Shows a study in the editor of its database. */
  showIn(panel: vscode.WebviewPanel, target: StudyTarget): void {
    const shown = new DashboardPanel(panel, target, this.context);
    this.inEditors.add(shown);
    panel.onDidDispose(() => this.inEditors.delete(shown));
  }

  update(): void {
    for (const panel of this.all()) panel.update();
  }

  /** Begins every page anew. */
  render(): void {
    for (const panel of this.all()) panel.render();
  }

  showProgress(study: StudyId, event: EpochEnded): void {
    for (const panel of this.all()) if (panel.shows(study)) panel.showProgress(event);
  }

  close(study: StudyId): void {
    for (const panel of this.all()) if (panel.shows(study)) panel.dispose();
  }

  private all(): readonly DashboardPanel[] {
    return [...this.panels.values(), ...this.inEditors];
  }

  private adopt(panel: vscode.WebviewPanel, target: StudyTarget): DashboardPanel {
    const key = keyOf(target.study);
    const dashboard = new DashboardPanel(panel, target, this.context);
    this.panels.set(key, dashboard);
    this.remember([...this.remembered().filter(({ study }) => !sameStudy(study, target.study)), target]);
    panel.onDidDispose(() => {
      this.panels.delete(key);
      this.remember(this.remembered().filter(({ study }) => !sameStudy(study, target.study)));
    });
    return dashboard;
  }

  private remembered(): readonly StudyTarget[] {
    return this.memory.get<readonly StudyTarget[]>("dashboards", []);
  }

  private remember(targets: readonly StudyTarget[]): void {
    void this.memory.update("dashboards", targets);
  }
}

/** One study's dashboard: answers the page's queries from the inspector and the store, and notifies it of changes. */
class DashboardPanel {
  private readonly page: DashboardPanelFunctions;
  private readonly listening: vscode.Disposable[] = [];
  /** A page that has not asked yet, or that is hidden and therefore gone, is not notified. */
  private ready = false;
  /** The trial to select as soon as the page asks. */
  private toSelect: number | undefined;
  /** The charts that the page waits for. */
  private readonly awaited = new Set<ChartRequest>();

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private target: StudyTarget,
    private readonly context: PanelContext,
  ) {
    const { webview } = panel;
    this.page = createBirpc<DashboardPanelFunctions, DashboardHostFunctions>(checkedFunctions(this.functions()), {
      post: (message) => webview.postMessage(message),
      on: (listener) => this.listening.push(webview.onDidReceiveMessage(listener)),
      serialize: (message: object) => ("e" in message ? { ...message, e: toWireError(message.e) } : message),
      deserialize: (message) => v.parse(panelCall, message),
      onGeneralError: () => true,
      eventNames: ["changed", "progress", "selectTrial", "layoutsChanged"],
      bind: "functions",
    });
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.leave();
    });
    panel.onDidDispose(() => {
      this.leave();
      vscode.Disposable.from(...this.listening).dispose();
    });
    const icon = (name: string) => vscode.Uri.joinPath(context.extensionUri, "media", name);
    panel.iconPath = { light: icon("tunelens-light.svg"), dark: icon("tunelens-dark.svg") };
    webview.options = { enableScripts: true, localResourceRoots: [pageBundle(context.extensionUri)] };
    this.render();
  }

  /** Begins the page anew. */
  render(): void {
    this.leave();
    const { webview } = this.panel;
    const media = pageBundle(this.context.extensionUri);
    const source = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(media, name)).toString();
    webview.html = dashboardPage({
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString("hex"),
      script: source("dashboard.js"),
      style: source("dashboard.css"),
    });
  }

  reveal(target: StudyTarget, preserveFocus: boolean): void {
    this.target = target;
    this.panel.reveal(undefined, preserveFocus);
  }

  select(trial: number): void {
    if (this.ready) this.page.selectTrial(trial);
    else this.toSelect = trial;
  }

  update(): void {
    if (this.ready) this.page.changed(this.snapshot());
  }

  takeLayouts(): void {
    if (this.ready) this.page.layoutsChanged(this.context.layouts.all());
  }

  showProgress(event: EpochEnded): void {
    if (this.ready) this.page.progress(event);
  }

  shows(study: StudyId): boolean {
    return sameStudy(this.target.study, study);
  }

  dispose(): void {
    this.panel.dispose();
  }

  /** The page is gone, or about to be. */
  private leave(): void {
    this.ready = false;
    const { storage, name } = this.target.study;
    // An inspector that is gone computes nothing.
    for (const request of this.awaited) this.context.inspector.cancelChart(storage, name, request).catch(() => {});
  }

  private async chart<Name extends ChartName>(request: ChartRequest<Name>): Promise<ChartData[Name]> {
    const { storage, name } = this.target.study;
    this.awaited.add(request);
    try {
      return await this.context.inspector.getChart(storage, name, request);
    } finally {
      this.awaited.delete(request);
    }
  }

  private selectPending(): void {
    if (this.toSelect !== undefined) this.page.selectTrial(this.toSelect);
    this.toSelect = undefined;
  }

  private snapshot(): DashboardSnapshot {
    const { study, file } = this.target;
    return this.context.store.snapshot(study, file);
  }

  private functions(): DashboardHostFunctions {
    const { store, inspector } = this.context;
    const { storage, name } = this.target.study;
    return {
      ready: async (protocol) => {
        if (protocol !== PROTOCOL_VERSION)
          throw new Error("The dashboard belongs to another version of Tunelens. Close it and open it again.");
        store.addStorage(storage, this.target.folder);
        this.ready = true;
        this.selectPending();
        return this.snapshot();
      },
      listTrials: (query) => inspector.listTrials(storage, name, query),
      getTrial: (number) => inspector.getTrial(storage, name, number),
      getChart: (request) => this.chart(request),
      cancelChart: (request) => inspector.cancelChart(storage, name, request),
      getArtifact: (trial, id, from) => inspector.getArtifact(storage, name, trial, id, from),
      compareCode: (from, to) => inspector.compareCode(storage, name, from, to),
      annotate: (annotation) => this.annotate(annotation),
      saveFile: (file) => saveFile(file, this.target),
      getLayouts: async () => this.context.layouts.all(),
      saveLayout: async (kind, layout) => {
        await this.context.layouts.save(kind, layout);
        this.context.onLayout(this);
      },
      getFieldValues: (field) => inspector.getFieldValues(storage, name, field),
      act: (action) => this.act(action),
    };
  }

  private async annotate(annotation: Annotation): Promise<void> {
    if (!isTrusted()) throw new Error("This workspace is not trusted. Trust it to store notes and tags.");
    const { study, folder } = this.target;
    await this.context.runner.annotate(study, folder, annotation);
    await this.context.store.refresh(study.storage);
  }

  /** @throws Error if it is not in the storage. */
  private sibling({ study: name, trial }: { readonly study: string; readonly trial?: number }): StudyTarget {
    const { study, folder } = this.target;
    const id = { storage: study.storage, name };
    if (!this.context.store.study(id)) throw new Error(`The study "${name}" is not in this storage anymore.`);
    return { study: id, folder, file: null, exportName: null, trials: null, trial };
  }

  private async act(action: DashboardAction): Promise<void> {
    if (action.type === "openLink") {
      // VS Code asks first, unless the user trusts the domain.
      await vscode.env.openExternal(vscode.Uri.parse(action.url, true));
      return;
    }
    if (action.type === "saveArtifact" || action.type === "revealArtifact") {
      await showArtifact(this.context.inspector, this.target, action);
      return;
    }
    if (action.type === "showChanges") {
      await showTrialChanges(this.context.inspector, this.target.study, action.from, action.to);
      return;
    }
    if (action.type === "copyTable") {
      await vscode.env.clipboard.writeText(action.table);
      showStatusMessage("copy", `Copied the parameters of ${plural(action.trials, "trial")}.`, 4_000);
      return;
    }
    if (action.type === "openStudy") {
      await vscode.commands.executeCommand("tunelens.openDashboard" satisfies Command, this.sibling(action));
      return;
    }
    const { type, ...of } = action;
    await vscode.commands.executeCommand(actionCommands[type], { ...this.target, ...of });
  }
}

/** What a panel does itself. */
type OwnAction = "openLink" | "openStudy" | "saveArtifact" | "revealArtifact" | "copyTable" | "showChanges";

const actionCommands: { readonly [K in Exclude<DashboardAction["type"], OwnAction>]: Command } = {
  start: "tunelens.startStudy",
  stop: "tunelens.stopStudy",
  showOutput: "tunelens.showOutput",
  openSource: "tunelens.openSource",
  retrain: "tunelens.retrainTrial",
  debug: "tunelens.debugTrial",
  freeze: "tunelens.freezeParameter",
  copyParameters: "tunelens.copyParameters",
  showCode: "tunelens.showTrialAsCode",
  pause: "tunelens.pauseStudy",
  setTrials: "tunelens.changeTrials",
  enqueue: "tunelens.enqueueTrial",
  stopTrial: "tunelens.stopTrial",
  runAgain: "tunelens.runTrialAgain",
  openFailure: "tunelens.openFailure",
};
