import { basename } from "node:path";
import * as vscode from "vscode";
import { freezesParams } from "../protocol/follow-up-info.js";
import type { InspectorFunctions, StudySummary, TrialPage, TrialQuery, TrialSummary } from "../protocol/inspector.js";
import { describeBackend } from "../format/backend-description.js";
import { plural } from "../format/plural.js";
import { learnedShare } from "../format/learned.js";
import { countShown, type ShownState, shownState } from "../format/shown-state.js";
import { type IdleState, idleWords } from "../format/study-state.js";
import { bestModel } from "../protocol/saved-model.js";
import type { EpochEnded } from "../protocol/trainer.js";
import { visibleLine } from "../format/visible-text.js";
import { formatDuration } from "../format/duration.js";
import { formatParam, formatValues } from "../format/numbers.js";
import type { LiveRun } from "./live-run.js";
import { describeFound, describeTrial, formatBest, formatCount, formatTrials, formatParams } from "./study-format.js";
import { describeModel, modelName, type SavedModel, type SavedModels } from "./saved-models.js";
import { followUpsOf, rootStudies } from "./follow-up-tree.js";
import { keyOf, type StudyId } from "./study-id.js";
import { storageLabel } from "./storage-url.js";
import type { StorageState, StudyStore } from "./study-store.js";
import { storedTarget, type StudyTarget } from "./study-target.js";
import { type TooltipPart, treeItem } from "./surfaces.js";
import { toWireError } from "../supervisor/wire-error.js";

/** How many trials a study shows at first, and how many more each "Show More…" adds. */
const PAGE = 100;
/** The inspector's maximum page size. */
const MOST_PER_CALL = 1_000;
/** How long the first rendering waits for all storages. */
const PATIENCE_MS = 2_000;

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
  readonly row: TrialSummary;
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

interface ModelsNode {
  readonly kind: "models";
  readonly models: readonly SavedModel[];
  readonly target: StudyTarget;
}

interface ModelNode {
  readonly kind: "model";
  readonly model: SavedModel;
  /** Whether no other model of its study is better. */
  readonly isBest: boolean;
  readonly target: StudyTarget;
}

export type TreeNode = StorageNode | StudyNode | TrialNode | ModelsNode | ModelNode | MoreNode | MessageNode;

const stateIcons: Record<ShownState, readonly [icon: string, color: string]> = {
  RUNNING: ["sync~spin", "charts.blue"],
  COMPLETE: ["pass", "charts.green"],
  PRUNED: ["circle-slash", "descriptionForeground"],
  PAUSED: ["debug-pause", "descriptionForeground"],
  FAIL: ["error", "charts.red"],
  STOPPED: ["debug-stop", "disabledForeground"],
  WAITING: ["clock", "disabledForeground"],
};

/** With a color: VS Code draws an icon of debugging in its own, a stopped study in red. */
const idleIcons: Record<IdleState, readonly [icon: string, color: string]> = {
  empty: ["beaker", "icon.foreground"],
  finished: ["beaker", "icon.foreground"],
  stopped: ["debug-stop", "icon.foreground"],
  paused: ["debug-pause", "icon.foreground"],
  "timed-out": ["watch", "icon.foreground"],
  "not-running": ["beaker", "icon.foreground"],
  failed: ["error", "charts.red"],
  "all-failed": ["error", "charts.red"],
};

/** Storages (if there are several), their studies, and each study's trials, page by page. */
export class TrialTree implements vscode.TreeDataProvider<TreeNode> {
  private readonly changed = new vscode.EventEmitter<TreeNode | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly pages = new Map<string, number>();
  /** The node of each running trial: only that one is redrawn when an epoch ends. */
  private readonly runningNodes = new Map<string, TrialNode>();
  private order: TrialOrder = "newest";
  /** Whose values to sort by, in studies with several. */
  private objective = 0;

  constructor(
    private readonly store: StudyStore,
    private readonly inspector: InspectorFunctions,
    private readonly models: SavedModels,
    private readonly prepare: () => void,
  ) {}

  refresh(): void {
    this.changed.fire(undefined);
  }

  setOrder(order: TrialOrder, objective = 0): void {
    this.order = order;
    this.objective = objective;
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
    if (node.kind === "storage") return storageNodes(node.state);
    if (node.kind === "study")
      return [...this.followUpNodes(node), ...(await this.modelsNode(node)), ...(await this.trialNodes(node))];
    return node.kind === "models" ? modelNodes(node) : [];
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    if (node.kind === "storage") return storageItem(node.state);
    if (node.kind === "study") return this.studyItem(node);
    if (node.kind === "trial") return this.trialItem(node);
    if (node.kind === "models") return modelsItem(node);
    if (node.kind === "model") return modelItem(node);
    return node.kind === "more" ? moreItem(node) : messageItem(node);
  }

  private async roots(): Promise<TreeNode[]> {
    this.prepare();
    const all = this.store.allStorages();
    if (all.some(({ loaded }) => !loaded)) {
      const loading = all.map(({ storage }) => this.store.refresh(storage));
      // A slow storage appears later; the others are shown.
      await Promise.race([Promise.all(loading), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
    }
    const used = this.store.allStorages().filter(({ studies, error }) => studies.length > 0 || error !== null);
    if (used.length === 1) return storageNodes(used[0]!);
    return used.map((state) => ({ kind: "storage", state }));
  }

  /** Follow-ups stand under the study that they follow. */
  private followUpNodes({ target: { study } }: StudyNode): TreeNode[] {
    const state = this.store.storage(study.storage);
    return state ? studyNodes(state, followUpsOf(study.name, state.studies)) : [];
  }

  /** What was retrained, if anything. */
  private async modelsNode({ target }: StudyNode): Promise<TreeNode[]> {
    const models = await this.models.of(target.study.name);
    return models.length > 0 ? [{ kind: "models", models, target }] : [];
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
    const objective = this.objective < study.directions.length ? this.objective : 0;
    const sort: TrialQuery["sort"] =
      this.order === "best"
        ? [{ column: `value:${objective}`, descending: study.directions[objective] === "maximize" }]
        : [{ column: "number", descending: true }];
    const rows: TrialSummary[] = [];
    let total = 0;
    do {
      const query = { offset: rows.length, limit: Math.min(MOST_PER_CALL, limit - rows.length), sort };
      const page = await this.inspector.listTrials(storage, name, query);
      total = page.total;
      rows.push(...page.rows);
      if (page.rows.length === 0) break;
    } while (rows.length < Math.min(limit, total));
    return { rows, total, offset: 0 };
  }

  private trialNode(study: StudyNode, row: TrialSummary): TrialNode {
    const node: TrialNode = { kind: "trial", row, study, target: { ...study.target, trial: row.number } };
    const key = trialKey(study.target.study, row.number);
    if (row.state === "RUNNING") this.runningNodes.set(key, node);
    else this.runningNodes.delete(key);
    return node;
  }

  private studyItem({ summary, target }: StudyNode): vscode.TreeItem {
    const run = this.store.run(target.study);
    const elsewhere = this.store.runsElsewhere(target.study);
    const best = this.store.best(target.study);
    const { finished, trials } = run ?? { finished: summary.finished, trials: summary.source?.trials ?? null };
    const flags = [
      run ? "running" : "idle",
      best ? "best" : "",
      summary.source ? "source" : "",
      summary.olderLibrary ? "older" : "",
      run?.pausing ? "pausing" : "",
      run?.kind === "retrain" ? "retraining" : "",
    ];
    const said = best ? `, best trial ${formatBest(best)}` : "";
    const idle = this.store.idleState(target.study);
    const state = idle && idleWords(idle);
    const [icon, color] = idleIcons[idle ?? "finished"];
    const runsFollowUp = this.store.runOfFollowUp(target.study) !== undefined;
    return treeItem({
      id: `study\n${keyOf(target.study)}`,
      label: summary.name,
      description: [
        summary.error === null ? formatCount(finished, trials) : "cannot be read",
        state,
        run?.pausing && "pausing",
        describeFound(this.store.found(target.study)),
        run?.kind === "retrain" && "retraining",
        elsewhere && "running in another process",
        describeOrigin(summary),
        summary.olderLibrary && "read-only",
        summary.inexact.length > 0 && "inexact",
      ]
        .filter(Boolean)
        .join(" · "),
      icon:
        run || elsewhere
          ? new vscode.ThemeIcon("sync~spin", new vscode.ThemeColor("charts.blue"))
          : new vscode.ThemeIcon(summary.error === null ? icon : "warning", new vscode.ThemeColor(color)),
      children: run || runsFollowUp ? "shown" : "hidden",
      contextValue: ["study", ...flags.filter(Boolean)].join(" "),
      tooltip: studyTooltip(summary, run),
      spoken: `Study ${summary.name}, ${run ? "running, " : elsewhere ? "running in another process, " : state ? `${state}, ` : ""}${formatTrials(finished, trials)}${said}`,
    });
  }

  private trialItem({ row, study, target }: TrialNode): vscode.TreeItem {
    const progress = this.store.run(target.study)?.progress.get(row.number) ?? undefined;
    const best = this.store.best(target.study)?.number === row.number;
    const description = describeTrial(row, progress);
    const mark = best ? "best" : row.isOnFront ? "on the Pareto front" : undefined;
    const [icon, color] = mark ? [best ? "star-full" : "star-half", "charts.yellow"] : stateIcons[shownState(row)];
    const { source, olderLibrary } = study.summary;
    const isHere = this.store.run(target.study)?.progress.has(row.number) ?? false;
    const flags = [
      shownState(row),
      best ? "best" : "",
      source ? "source" : "",
      olderLibrary ? "older" : "",
      isHere ? "here" : "",
    ];
    const told = mark ? `${mark} · ${description}` : description;
    const said = row.state === "FAIL" ? "" : `${shownState(row).toLowerCase()}, `;
    return treeItem({
      id: `trial\n${trialKey(target.study, row.number)}`,
      label: `Trial ${row.number}`,
      description: told,
      icon: new vscode.ThemeIcon(icon, new vscode.ThemeColor(color)),
      contextValue: ["trial", ...flags.filter(Boolean)].join(" "),
      tooltip: trialTooltip(row),
      spoken: `Trial ${row.number}, ${mark ? `${mark}, ` : ""}${said}${description}`,
      command: { title: "Open Dashboard", command: "tunelens.openDashboard", arguments: [target] },
    });
  }
}

function studyNodes(state: StorageState, studies: readonly StudySummary[]): StudyNode[] {
  return studies.map((summary) => ({ kind: "study", summary, target: storedTarget(state, summary) }));
}

/** Without the follow-ups, which stand under the studies that they follow. */
function storageNodes(state: StorageState): TreeNode[] {
  const { studies, storage, error } = state;
  const nodes = studyNodes(state, rootStudies(studies));
  return error ? [{ kind: "message", id: `${storage}\nerror`, message: error.message }, ...nodes] : nodes;
}

function storageItem({ storage, folder, studies }: StorageState): vscode.TreeItem {
  const label = storageLabel(storage, folder);
  return treeItem({
    id: `storage\n${storage}`,
    label,
    description: basename(folder),
    icon: new vscode.ThemeIcon("database"),
    children: "shown",
    contextValue: studies.some(({ olderLibrary }) => olderLibrary !== null) ? "storage older" : "storage",
    tooltip: [storage],
    spoken: `Storage ${label} of ${basename(folder)}, ${plural(studies.length, "study", "studies")}`,
  });
}

function modelsItem({ models, target }: ModelsNode): vscode.TreeItem {
  return treeItem({
    id: `models\n${keyOf(target.study)}`,
    label: "Models",
    description: String(models.length),
    icon: new vscode.ThemeIcon("archive"),
    children: "hidden",
    contextValue: "models",
    spoken: `${plural(models.length, "saved model")} of ${target.study.name}`,
  });
}

function modelNodes({ models, target }: ModelsNode): ModelNode[] {
  // The newest is the first: of equally good ones, the oldest is the best.
  const best = bestModel(models.toReversed());
  return models.map((model) => ({ kind: "model", model, isBest: model === best, target }));
}

function modelItem({ model, isBest, target }: ModelNode): vscode.TreeItem {
  const label = `Trial ${model.trial} ${modelName(model)}`;
  const description = `${isBest ? "best · " : ""}${describeModel(model)}`;
  return treeItem({
    id: `model\n${keyOf(target.study)}\n${model.folder}`,
    label,
    description,
    icon: new vscode.ThemeIcon(
      isBest ? "star-full" : "archive",
      isBest ? new vscode.ThemeColor("charts.yellow") : undefined,
    ),
    contextValue: model.ownFiles ? "model files" : "model",
    tooltip: [`${label}: ${description}`, `Saved ${new Date(model.savedAt).toLocaleString()}`, model.folder],
    spoken: `Model ${label}, ${description}`,
  });
}

function moreItem({ target, shown, total }: MoreNode): vscode.TreeItem {
  return treeItem({
    id: `more\n${keyOf(target.study)}`,
    label: "Show More…",
    description: `${shown.toLocaleString()} of ${total.toLocaleString()} trials`,
    icon: new vscode.ThemeIcon("ellipsis"),
    contextValue: "more",
    command: { title: "Show More Trials", command: "tunelens.showMoreTrials", arguments: [target] },
  });
}

function messageItem({ id, message }: MessageNode): vscode.TreeItem {
  return treeItem({
    id: `message\n${id}`,
    label: message,
    icon: new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground")),
    contextValue: "message",
    tooltip: [message],
    command: { title: "Refresh", command: "tunelens.refresh", arguments: [] },
  });
}

/** `units = 32 frozen`, or where the trials come from that a study started with. */
function describeOrigin({ followUp, learned }: StudySummary): string | undefined {
  if (freezesParams(followUp)) return `${formatParams(followUp.frozen)} frozen`;
  const taken = learned.reduce((sum, { taken }) => sum + taken, 0);
  return learned.length === 0 ? undefined : `${taken} from ${learned.map(({ study }) => study).join(", ")}`;
}

function studyTooltip(
  {
    name,
    directions,
    counts,
    stopped,
    paused,
    best,
    front,
    olderLibrary,
    source,
    followUp,
    learned,
    inexact,
    error,
    end,
  }: StudySummary,
  run: LiveRun | undefined,
): TooltipPart[] {
  if (error !== null) return [name, error];
  const states = Object.entries(countShown({ counts, stopped, paused })).filter(([, count]) => count > 0);
  const parts: TooltipPart[] = [
    `${name} (${directions.join(", ")})`,
    states.map(([state, count]) => `${count} ${state}`).join(", ") || "no trials yet",
  ];
  if (end?.error) parts.push({ code: end.error.message, language: "text" });
  if (best) parts.push(`Best ${formatBest(best)}`);
  if (front) parts.push(`${plural(front, "trial")} on the Pareto front`);
  if (freezesParams(followUp)) {
    const { frozen, from, taken } = followUp;
    parts.push(`Follow-up of ${from} with ${formatParams(frozen)}, starting with ${plural(taken, "trial")} from it`);
  }
  parts.push(...learned.map((info) => `Starts with ${learnedShare(info)}`));
  if (olderLibrary) parts.push(`Read-only: written by Optuna ${olderLibrary}. Migrate a copy to resume it.`);
  if (inexact.length > 0)
    parts.push(`Integers beyond 2^53 are rounded to the nearest that JavaScript can represent: ${inexact.join(", ")}`);
  const backend = run?.backend ?? source?.backend;
  if (backend) parts.push(`Trained on ${describeBackend(backend)}, version ${backend.version}`);
  if (source) parts.push(`${source.sampler}, ${source.pruner}`, `${source.file} (${source.exportName})`);
  // Before its first trial, while backends are timed, a run has stored nothing.
  else if (!run) parts.push("Read-only: not started by Tunelens.");
  return parts;
}

function trialTooltip(row: TrialSummary): TooltipPart[] {
  const { number, values, durationMs, failReason, params } = row;
  const state = shownState(row);
  const figures = [values && formatValues(values), durationMs !== null && formatDuration(durationMs)].filter(Boolean);
  const parts: TooltipPart[] = [`Trial ${number}: ${[state, ...figures].join(" · ")}`];
  if (failReason && state !== "STOPPED") parts.push({ code: failReason, language: "text" });
  const lines = Object.entries(params).map(([name, value]) => visibleLine(`${name}: ${formatParam(value)}`));
  if (lines.length > 0) parts.push({ code: lines.join("\n"), language: "yaml" });
  return parts;
}

function trialKey(study: StudyId, number: number): string {
  return `${keyOf(study)}\n${number}`;
}
