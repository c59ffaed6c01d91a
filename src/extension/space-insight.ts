import * as vscode from "vscode";
import type { InsightData } from "../protocol/charts.js";
import type { InspectorFunctions } from "../protocol/inspector.js";
import { keyOf, type StudyId } from "./study-id.js";
import type { StudyStore } from "./study-store.js";
import { Throttle } from "./throttle.js";

/** While trials end, what they say is asked for again this often. */
const INTERVAL_MS = 5_000;

interface Entry {
  readonly study: StudyId;
  /** Of the trials that the data are about, or are asked for. */
  version: string;
  data: InsightData | undefined;
  /** Whether an editor has asked since it was last loaded: what nobody shows is not loaded again. */
  isWanted: boolean;
}

/** What the trials say about the studies that an editor shows. */
export class SpaceInsight {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Something new is known. */
  readonly onDidChange = this.changed.event;
  private readonly entries = new Map<string, Entry>();
  private readonly throttle = new Throttle(INTERVAL_MS, () => this.loadAll());

  constructor(
    private readonly store: StudyStore,
    private readonly inspector: InspectorFunctions,
  ) {}

  /** What is known now. What is not yet is asked for. */
  of(study: StudyId): InsightData | undefined {
    const key = keyOf(study);
    const known = this.entries.get(key);
    if (known) {
      known.isWanted = true;
      this.throttle.call();
      return known.data;
    }
    const entry: Entry = { study, version: "", data: undefined, isWanted: true };
    this.entries.set(key, entry);
    void this.load(entry);
    return undefined;
  }

  /** Called when something of the store changes. */
  refresh(): void {
    if (this.entries.size > 0) this.throttle.call();
  }

  dispose(): void {
    this.throttle.dispose();
    this.changed.dispose();
  }

  private loadAll(): void {
    for (const entry of this.entries.values()) if (entry.isWanted) void this.load(entry);
  }

  private async load(entry: Entry): Promise<void> {
    const version = this.versionOf(entry.study);
    if (version === entry.version) return;
    entry.version = version;
    entry.isWanted = false;
    const { storage, name } = entry.study;
    try {
      const data = version === "" ? undefined : await this.inspector.getChart(storage, name, { chart: "insight" });
      if (entry.version !== version) return;
      entry.data = data;
    } catch {
      if (entry.version !== version) return;
      // The storage cannot be read: the tree says why.
      entry.data = undefined;
    }
    this.changed.fire();
  }

  /** Changes with the trials that have something to say; empty: there are none. */
  private versionOf(study: StudyId): string {
    const summary = this.store.study(study);
    if (!summary || summary.error !== null || summary.counts.COMPLETE + summary.counts.FAIL === 0) return "";
    const { counts, startedAt } = summary;
    return JSON.stringify([startedAt, counts.COMPLETE, counts.PRUNED, counts.FAIL]);
  }
}
