import { basename } from "node:path";
import * as vscode from "vscode";
import type { InspectorFunctions, StudySummary, TrialPage, TrialQuery, TrialRow } from "../protocol/inspector.js";
import { countShown, type ShownState, shownState } from "../protocol/shown-state.js";
import type { BackendInfo, EpochEnded } from "../protocol/trainer.js";
import {
  describeFound,
  describeTrial,
  formatBest,
  formatCount,
  formatDuration,
  formatParam,
  formatParams,
  formatValues,
} from "./study-format.js";
import { keyOf, type StudyId } from "./study-id.js";
import { storageLabel } from "./storage-url.js";
import type { StorageState, StudyStore } from "./study-store.js";
import { storedTarget, type StudyTarget } from "./study-target.js";
import { toWireError } from "./wire-error.js";

/** How many trials a study shows at first, and how many more each "Show more…" brings. */
const PAGE = 100;
/** The most the inspector gives at once. */
const MOST_PER_CALL = 1_000;

export type TrialOrder = "newest" | "best";

interface StorageNode {
  readonly kind: "storage";
  readonly state: StorageState;
}

interface StudyNode {
  readonly kind: "study";
  readonly summary: StudySummary;
  readonly target: StudyTarget;
}

interface TrialNode {
  readonly kind: "trial";
  readonly row: TrialRow;
  readonly study: StudyNode;
  readonly target: StudyTarget;
}

interface MoreNode {
  readonly kind: "more";
  readonly target: StudyTarget;
  readonly shown: number;
  readonly total: number;
}

interface MessageNode {
  readonly kind: "message";
  readonly id: string;
  readonly message: string;
}

export type TreeNode = StorageNode | StudyNode | TrialNode | MoreNode | MessageNode;

const stateIcons: Record<ShownState, readonly [icon: string, color: string]> = {
  RUNNING: ["sync~spin", "charts.blue"],
  COMPLETE: ["pass", "charts.green"],
  PRUNED: ["circle-slash", "descriptionForeground"],
  FAIL: ["error", "charts.red"],
  STOPPED: ["debug-stop", "disabledForeground"],
  WAITING: ["clock", "disabledForeground"],
};

/** Storages (when there are several), their studies, and of each study the trials, page by page. */
export class TrialTree implements vscode.TreeDataProvider<TreeNode> {
  private readonly changed = new vscode.EventEmitter<TreeNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly pages = new Map<string, number>();
  /** The line of each trial that runs: only that one is drawn again when an epoch ends. */
  private readonly runningNodes = new Map<string, TrialNode>();
  private order: TrialOrder = "newest";

  constructor(
    private readonly store: StudyStore,
    private readonly inspector: () => Promise<InspectorFunctions>,
    private readonly prepare: () => void,
  ) {}

  refresh(): void {
    this.changed.fire(undefined);
  }

  setOrder(order: TrialOrder): void {
    this.order = order;
    this.refresh();
  }

  showMore({ study }: StudyTarget): void {
    this.pages.set(keyOf(study), (this.pages.get(keyOf(study)) ?? 1) + 1);
    this.refresh();
  }

  showProgress(study: StudyId, { number }: EpochEnded): void {
    const node = this.runningNodes.get(trialKey(study, number));
    if (node) this.changed.fire(node);
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (!node) return this.roots();
    if (node.kind === "storage") return studyNodes(node.state);
    if (node.kind === "study") return this.trialNodes(node);
    return [];
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    if (node.kind === "storage") return storageItem(node.state);
    if (node.kind === "study") return this.studyItem(node);
    if (node.kind === "trial") return this.trialItem(node);
    return node.kind === "more" ? moreItem(node) : messageItem(node);
  }

  private async roots(): Promise<TreeNode[]> {
    this.prepare();
    const all = this.store.allStorages();
    if (all.some(({ loaded }) => !loaded)) await Promise.all(all.map(({ storage }) => this.store.refresh(storage)));
    const used = this.store.allStorages().filter(({ studies, error }) => studies.length > 0 || error !== null);
    if (used.length === 1) return studyNodes(used[0]!);
    return used.map((state) => ({ kind: "storage", state }));
  }

  private async trialNodes(study: StudyNode): Promise<TreeNode[]> {
    const { storage, name } = study.target.study;
    const limit = (this.pages.get(keyOf(study.target.study)) ?? 1) * PAGE;
    try {
      const page = await this.readTrials(storage, name, limit, study.summary);
      const nodes: TreeNode[] = page.rows.map((row) => this.trialNode(study, row));
      if (page.total > page.rows.length)
        nodes.push({ kind: "more", target: study.target, shown: page.rows.length, total: page.total });
      return nodes;
    } catch (error) {
      return [{ kind: "message", id: `${keyOf(study.target.study)}\nerror`, message: toWireError(error).message }];
    }
  }

  private async readTrials(storage: string, name: string, limit: number, study: StudySummary): Promise<TrialPage> {
    const inspector = await this.inspector();
    const single = study.directions.length === 1;
    const sort: TrialQuery["sort"] =
      this.order === "best" && single
        ? { column: "value", descending: study.directions[0] === "maximize" }
        : { column: "number", descending: true };
    const rows: TrialRow[] = [];
    let total = 0;
    do {
      const query = { offset: rows.length, limit: Math.min(MOST_PER_CALL, limit - rows.length), sort };
      const page = await inspector.listTrials(storage, name, query);
      total = page.total;
      rows.push(...page.rows);
      if (page.rows.length === 0) break;
    } while (rows.length < Math.min(limit, total));
    return { rows, total, offset: 0 };
  }

  private trialNode(study: StudyNode, row: TrialRow): TrialNode {
    const node: TrialNode = { kind: "trial", row, study, target: { ...study.target, trial: row.number } };
    const key = trialKey(study.target.study, row.number);
    if (row.state === "RUNNING") this.runningNodes.set(key, node);
    else this.runningNodes.delete(key);
    return node;
  }

  private studyItem({ summary, target }: StudyNode): vscode.TreeItem {
    const run = this.store.run(target.study);
    const best = this.store.best(target.study);
    const count = run
      ? formatCount(run.finished, run.trials)
      : formatCount(summary.finished, summary.source?.trials ?? null);
    const item = new vscode.TreeItem(summary.name, vscode.TreeItemCollapsibleState.Collapsed);
    if (run) item.collapsibleState = vscode.TreeItemCollapsibleState.Expanded;
    item.id = `study\n${keyOf(target.study)}`;
    item.description = [
      count,
      describeFound(this.store.found(target.study)),
      run?.kind === "retrain" && "retraining",
      summary.followUp && `${formatParams(summary.followUp.frozen)} frozen`,
      summary.olderLibrary && "read only",
    ]
      .filter(Boolean)
      .join(" · ");
    item.iconPath = run
      ? new vscode.ThemeIcon("sync~spin", new vscode.ThemeColor("charts.blue"))
      : new vscode.ThemeIcon("beaker");
    const flags = [
      run ? "running" : "idle",
      best ? "best" : "",
      summary.source ? "source" : "",
      summary.olderLibrary ? "older" : "",
    ];
    item.contextValue = ["study", ...flags.filter(Boolean)].join(" ");
    item.tooltip = studyTooltip(summary, run?.backend ?? summary.source?.backend ?? null);
    item.accessibilityInformation = {
      label: `Study ${summary.name}, ${run ? "running, " : ""}${count} trials${best ? `, best trial ${formatBest(best)}` : ""}`,
    };
    return item;
  }

  private trialItem({ row, study, target }: TrialNode): vscode.TreeItem {
    const progress = this.store.run(target.study)?.progress.get(row.number) ?? undefined;
    const best = this.store.best(target.study)?.number === row.number;
    const description = describeTrial(row, progress);
    const [icon, color] = best ? ["star-full", "charts.yellow"] : stateIcons[shownState(row)];
    const item = new vscode.TreeItem(`Trial ${row.number}`, vscode.TreeItemCollapsibleState.None);
    item.id = `trial\n${trialKey(target.study, row.number)}`;
    item.description = best ? `best · ${description}` : description;
    item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
    item.contextValue = ["trial", row.state, best ? "best" : "", study.summary.source ? "source" : ""]
      .filter(Boolean)
      .join(" ");
    item.tooltip = trialTooltip(row);
    const said = row.state === "FAIL" ? "" : `${row.state.toLowerCase()}, `;
    item.accessibilityInformation = { label: `Trial ${row.number}, ${best ? "best, " : ""}${said}${description}` };
    item.command = { title: "Open Dashboard", command: "tunelens.openDashboard", arguments: [target] };
    return item;
  }
}

function studyNodes(state: StorageState): TreeNode[] {
  const { studies, storage, error } = state;
  const nodes: TreeNode[] = studies.map((summary) => ({
    kind: "study",
    summary,
    target: storedTarget(state, summary),
  }));
  if (error) nodes.unshift({ kind: "message", id: `${storage}\nerror`, message: error.message });
  return nodes;
}

function storageItem({ storage, folder, studies }: StorageState): vscode.TreeItem {
  const label = storageLabel(storage, folder);
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = `storage\n${storage}`;
  item.description = basename(folder);
  item.iconPath = new vscode.ThemeIcon("database");
  item.contextValue = studies.some(({ olderLibrary }) => olderLibrary !== null) ? "storage older" : "storage";
  item.tooltip = storage;
  item.accessibilityInformation = { label: `Storage ${label} of ${basename(folder)}, ${studies.length} studies` };
  return item;
}

function moreItem({ target, shown, total }: MoreNode): vscode.TreeItem {
  const item = new vscode.TreeItem("Show more…");
  item.id = `more\n${keyOf(target.study)}`;
  item.description = `${shown.toLocaleString()} of ${total.toLocaleString()} trials`;
  item.iconPath = new vscode.ThemeIcon("ellipsis");
  item.contextValue = "more";
  item.command = { title: "Show More Trials", command: "tunelens.showMoreTrials", arguments: [target] };
  return item;
}

function messageItem({ id, message }: MessageNode): vscode.TreeItem {
  const item = new vscode.TreeItem(message);
  item.id = `message\n${id}`;
  item.iconPath = new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
  item.tooltip = message;
  item.contextValue = "message";
  return item;
}

/** Names and values come from a file anyone may have written: they are shown as text, never as Markdown. */
function studyTooltip(
  { name, directions, counts, finished, best, front, olderLibrary, source, followUp }: StudySummary,
  backend: BackendInfo | null,
): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const states = Object.entries(countShown({ counts, finished })).filter(([, count]) => count > 0);
  text.appendText(`${name} (${directions.join(", ")})\n\n`);
  text.appendText(`${states.map(([state, count]) => `${count} ${state}`).join(", ") || "no trials yet"}\n\n`);
  if (best) text.appendText(`Best ${formatBest(best)}\n\n`);
  if (front) text.appendText(`${front} trials on the Pareto front\n\n`);
  if (followUp) {
    const { frozen, from, taken } = followUp;
    text.appendText(`Follows ${from} with ${formatParams(frozen)}; ${taken} of its trials were taken along\n\n`);
  }
  if (olderLibrary) text.appendText(`Read only: Optuna ${olderLibrary} wrote it. Migrate a copy to go on.\n\n`);
  if (backend) text.appendText(`Trained on ${backend.backend}: ${backend.device}, version ${backend.version}\n\n`);
  if (source) text.appendText(`${source.sampler}, ${source.pruner}\n\n${source.file} (${source.exportName})`);
  else text.appendText("Not started by Tunelens: it can be looked at, not resumed.");
  return text;
}

function trialTooltip(row: TrialRow): vscode.MarkdownString {
  const { number, values, durationMs, failReason, params } = row;
  const state = shownState(row);
  const text = new vscode.MarkdownString();
  const figures = [values && formatValues(values), durationMs !== null && formatDuration(durationMs)].filter(Boolean);
  text.appendText(`Trial ${number}: ${[state, ...figures].join(" · ")}\n\n`);
  if (failReason && state !== "STOPPED") text.appendCodeblock(failReason, "text");
  const lines = Object.entries(params).map(([name, value]) => `${name}: ${formatParam(value)}`);
  if (lines.length > 0) text.appendCodeblock(lines.join("\n"), "yaml");
  return text;
}

function trialKey(study: StudyId, number: number): string {
  return `${keyOf(study)}\n${number}`;
}
