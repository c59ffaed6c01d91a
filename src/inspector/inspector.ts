import { TunelensError } from "../engine/errors.js";
import type { ChartData, ChartName, ChartRequest } from "../protocol/charts.js";
import type {
  InspectorEvents,
  InspectorFunctions,
  MigratedCopy,
  ParamValueOutline,
  StudySummary,
  TrialDetail,
  TrialPage,
  TrialQuery,
} from "../protocol/inspector.js";
import { PROTOCOL_VERSION } from "../protocol/wire.js";
import { migrateCopy } from "../storage/migrate.js";
import { sqlitePath } from "../storage/open.js";
import { InspectedStorage } from "./inspected-storage.js";
import { Watcher } from "./watcher.js";

/** What the inspector process does, apart from being a process. */
export class Inspector implements InspectorFunctions {
  private cwd = process.cwd();
  private readonly storages = new Map<string, InspectedStorage>();
  private readonly watcher: Watcher;

  constructor(
    private readonly events: InspectorEvents,
    private readonly onExit: () => void,
  ) {
    this.watcher = new Watcher((storage) => events.storageChanged(storage));
  }

  async initialize(hello: { readonly protocol: number; readonly cwd: string }): Promise<{ readonly protocol: number }> {
    this.cwd = hello.cwd;
    return { protocol: PROTOCOL_VERSION };
  }

  async listStudies(storage: string): Promise<readonly StudySummary[]> {
    return this.storage(storage).summaries();
  }

  async getStudy(storage: string, study: string): Promise<StudySummary> {
    return this.storage(storage).view(study).summary();
  }

  async listTrials(storage: string, study: string, query: TrialQuery): Promise<TrialPage> {
    return this.storage(storage).view(study).page(query);
  }

  async getTrial(storage: string, study: string, number: number): Promise<TrialDetail> {
    return this.storage(storage).view(study).trial(number);
  }

  async getChart<Name extends ChartName>(
    storage: string,
    study: string,
    request: ChartRequest<Name>,
  ): Promise<ChartData[Name]> {
    return this.storage(storage).view(study).chart(request);
  }

  async getParamValues(storage: string, study: string, param: string): Promise<readonly ParamValueOutline[]> {
    return this.storage(storage).view(study).paramValues(param);
  }

  async migrateCopy(storage: string): Promise<MigratedCopy> {
    this.events.begun();
    const { output, studies, trials } = migrateCopy(storage, { cwd: this.cwd });
    return { output, studies, trials };
  }

  async watch(storage: string): Promise<void> {
    const inspected = this.storage(storage);
    this.watcher.watch(storage, () => inspected.stamp());
  }

  async unwatch(storage: string): Promise<void> {
    this.events.begun();
    this.watcher.unwatch(storage);
    this.storages.get(storage)?.close();
    this.storages.delete(storage);
  }

  async exit(): Promise<void> {
    this.close();
    this.onExit();
  }

  close(): void {
    this.watcher.stop();
    for (const storage of this.storages.values()) storage.close();
    this.storages.clear();
  }

  private storage(url: string): InspectedStorage {
    this.events.begun();
    const known = this.storages.get(url);
    if (known) return known;
    const path = sqlitePath(url, this.cwd);
    if (path === undefined)
      throw new TunelensError(
        "unsupported-storage",
        `${url} exists only in the process that created it. Other processes cannot read it.`,
      );
    const storage = new InspectedStorage(url, path);
    this.storages.set(url, storage);
    return storage;
  }
}
