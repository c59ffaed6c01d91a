import { isDeepStrictEqual } from "node:util";
import { TunelensError } from "../engine/errors.js";
import type { ChartData, ChartName, ChartRequest } from "../protocol/charts.js";
import type {
  ArtifactContent,
  CodeChanges,
  InspectorEvents,
  InspectorFunctions,
  MigratedCopy,
  ParamValueOutline,
  StoredCode,
  StudySummary,
  TrialDetail,
  TrialPage,
  TrialQuery,
} from "../protocol/inspector.js";
import { PROTOCOL_VERSION, type WireParamValue } from "../protocol/wire.js";
import { migrateCopy } from "../storage/migrate.js";
import { storagePath } from "../storage/open.js";
import { chartCanceled } from "./chart-canceled.js";
import type { ChartTask } from "./chart-work.js";
import { InspectedStorage } from "./inspected-storage.js";
import type { InspectedStudy } from "./inspected-study.js";
import { SlowCharts } from "./slow-charts.js";
import type { TrialHeads } from "./trial-heads.js";
import { Watcher } from "./watcher.js";

/** How often it says that it is alive while something is computed beside the calls. */
const ALIVE_MS = 1_000;

/** A chart for which trials are read still. */
interface AskedChart {
  readonly task: ChartTask;
  isCanceled: boolean;
}

/** What the inspector process does, apart from being a process. */
export class Inspector implements InspectorFunctions {
  private cwd = process.cwd();
  private readonly storages = new Map<string, InspectedStorage>();
  private readonly askedCharts = new Set<AskedChart>();
  private readonly watcher: Watcher;
  private alive: NodeJS.Timeout | undefined;

  constructor(
    private readonly events: InspectorEvents,
    private readonly onExit: () => void,
    private readonly slowCharts = new SlowCharts(),
  ) {
    this.watcher = new Watcher((storage) => events.storageChanged(storage));
  }

  async initialize(hello: { readonly protocol: number; readonly cwd: string }): Promise<{ readonly protocol: number }> {
    this.cwd = hello.cwd;
    return { protocol: PROTOCOL_VERSION };
  }

  async listStudies(storage: string): Promise<readonly StudySummary[]> {
    return this.readingHeads(storage, undefined, (inspected) => inspected.summaries());
  }

  async getStudy(storage: string, study: string): Promise<StudySummary> {
    return this.readingHeads(storage, study, (inspected) => inspected.summary(study));
  }

  async listTrials(storage: string, study: string, query: TrialQuery): Promise<TrialPage> {
    const page = await this.fromHeads(storage, study, (heads) => heads.page(query));
    return page ?? this.readingStudy(storage, study, (view) => view.page(query));
  }

  async getTrial(storage: string, study: string, number: number): Promise<TrialDetail> {
    const trial = await this.fromHeads(storage, study, (heads) => heads.trial(number));
    return trial ?? this.readingStudy(storage, study, (view) => view.trial(number));
  }

  async getChart<Name extends ChartName>(
    storage: string,
    study: string,
    request: ChartRequest<Name>,
  ): Promise<ChartData[Name]> {
    const asked: AskedChart = { task: this.chartTask(storage, study, request), isCanceled: false };
    this.askedCharts.add(asked);
    const make = (source: TrialHeads | InspectedStudy) =>
      source.isSlow(request) ? this.slowChart<Name>(asked, source.versionFor(request)) : source.chart(request);
    try {
      return (await this.fromHeads(storage, study, make)) ?? (await this.readingStudy(storage, study, make))!;
    } finally {
      this.askedCharts.delete(asked);
    }
  }

  async cancelChart(storage: string, study: string, request: ChartRequest): Promise<void> {
    const task = this.chartTask(storage, study, request);
    const waits = [...this.askedCharts].find((asked) => !asked.isCanceled && isDeepStrictEqual(asked.task, task));
    if (waits) waits.isCanceled = true;
    else this.slowCharts.cancel(task);
  }

  async getArtifact(
    storage: string,
    study: string,
    trial: number | null,
    id: string,
    from: number,
  ): Promise<ArtifactContent> {
    return this.readingHeads(storage, study, (inspected) => inspected.artifact(study, trial, id, from));
  }

  async getCode(storage: string, study: string, name: string | null): Promise<StoredCode | null> {
    return this.reading(storage, (inspected) => inspected.code(study, name));
  }

  async compareCode(storage: string, study: string, from: number, to: number): Promise<CodeChanges | null> {
    return this.readingHeads(storage, study, (inspected) => inspected.codeChanges(study, from, to));
  }

  async getParamValues(storage: string, study: string, param: string): Promise<readonly ParamValueOutline[]> {
    return this.readingStudy(storage, study, (view) => view.paramValues(param));
  }

  async getFieldValues(storage: string, study: string, field: string): Promise<readonly WireParamValue[]> {
    const values = await this.fromHeads(storage, study, (heads) => heads.fieldValues(field));
    return values ?? this.readingStudy(storage, study, (view) => view.fieldValues(field));
  }

  async migrateCopy(storage: string): Promise<MigratedCopy> {
    return this.signaling(storage, () => {
      const { output, studies, trials } = migrateCopy(storage, { cwd: this.cwd });
      return { output, studies, trials };
    });
  }

  async watch(storage: string): Promise<void> {
    this.reading(storage, (inspected) => this.watcher.watch(storage, () => inspected.stamp()));
  }

  async unwatch(storage: string): Promise<void> {
    this.watcher.unwatch(storage);
    this.slowCharts.close(storage);
    this.signaling(storage, () => this.storages.get(storage)?.close());
    this.storages.delete(storage);
  }

  async exit(): Promise<void> {
    this.close();
    this.onExit();
  }

  close(): void {
    this.watcher.stop();
    this.slowCharts.close();
    clearInterval(this.alive);
    for (const storage of this.storages.values()) storage.close();
    this.storages.clear();
  }

  private slowChart<Name extends ChartName>(asked: AskedChart, version: string): Promise<ChartData[Name]> {
    if (asked.isCanceled) throw chartCanceled();
    this.askedCharts.delete(asked);
    const data = this.slowCharts.make(asked.task, version);
    this.showAlive();
    return data as Promise<ChartData[Name]>;
  }

  /** What can be told before a large study is read in full. */
  private async fromHeads<T>(storage: string, study: string, read: (heads: TrialHeads) => T): Promise<T | undefined> {
    return this.readingHeads(storage, study, (inspected) => {
      const heads = inspected.heads(study);
      return heads && read(heads);
    });
  }

  /** Once the heads of a large study are read; of all studies, where none is named. */
  private async readingHeads<T>(
    storage: string,
    study: string | undefined,
    read: (storage: InspectedStorage) => T,
  ): Promise<T> {
    await this.readInParts(storage, (inspected) => inspected.readHeadsOn(study));
    return this.reading(storage, read);
  }

  /** Once the study is read in full. */
  private async readingStudy<T>(storage: string, study: string, read: (view: InspectedStudy) => T): Promise<T> {
    await this.readInParts(storage, (inspected) => inspected.readOn(study));
    return this.reading(storage, (inspected) => read(inspected.view(study)));
  }

  /** What takes long is read part by part, and what else is asked is answered in between. @param readOn returns whether it has read the last. */
  private async readInParts(storage: string, readOn: (storage: InspectedStorage) => boolean): Promise<void> {
    while (!this.reading(storage, readOn)) await new Promise((resolve) => setImmediate(resolve));
  }

  private reading<T>(storage: string, read: (storage: InspectedStorage) => T): T {
    return this.signaling(storage, () => read(this.storage(storage)));
  }

  /** Says which storage keeps the process, should it never return. */
  private signaling<T>(storage: string, read: () => T): T {
    this.events.reading(storage);
    try {
      return read();
    } finally {
      this.events.reading(null);
    }
  }

  /** What is computed beside the calls is no reason to take the process for a stuck one. */
  private showAlive(): void {
    this.alive ??= setInterval(() => {
      if (this.slowCharts.isBusy) return this.events.reading(null);
      clearInterval(this.alive);
      this.alive = undefined;
    }, ALIVE_MS);
  }

  private chartTask(storage: string, study: string, request: ChartRequest): ChartTask {
    return { storage, path: this.path(storage), study, request };
  }

  private storage(url: string): InspectedStorage {
    const known = this.storages.get(url);
    if (known) return known;
    const storage = new InspectedStorage(url, this.path(url));
    this.storages.set(url, storage);
    return storage;
  }

  private path(url: string): string {
    const path = storagePath(url, this.cwd);
    if (path !== undefined) return path;
    throw new TunelensError(
      "unsupported-storage",
      `${url} exists only in the process that created it. Other processes cannot read it.`,
    );
  }
}
