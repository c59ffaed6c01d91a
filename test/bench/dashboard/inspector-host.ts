import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { createBirpc } from "birpc";
import { ipcChannel } from "../../../src/protocol/channel.js";
import type { ChartName, ChartRequest } from "../../../src/protocol/charts.js";
import type { InspectorEvents, InspectorFunctions, StudySummary, TrialQuery } from "../../../src/protocol/inspector.js";
import { PROTOCOL_VERSION } from "../../../src/protocol/wire.js";
import { FakeHost } from "../../e2e/dashboard-harness/harness.js";
import { snapshotOf } from "../../e2e/dashboard-harness/states.js";

const entry = new URL("../../../dist/inspector/main.js", import.meta.url);

/** The inspector process, as the extension starts it. */
export interface RealInspector {
  readonly functions: InspectorFunctions;
  /** Of the process, in bytes. */
  memory(): number;
  end(): void;
}

export async function startInspector(cwd: string): Promise<RealInspector> {
  const child: ChildProcess = fork(entry, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const events: InspectorEvents = { storageChanged() {}, reading() {} };
  const channel = ipcChannel(child, (error) => ({ code: "unknown", message: String(error) }));
  const functions = createBirpc<InspectorFunctions, InspectorEvents>(events, channel);
  await functions.initialize({ protocol: PROTOCOL_VERSION, cwd });
  return {
    functions,
    memory: () => Number(execFileSync("ps", ["-o", "rss=", "-p", String(child.pid)]).toString()) * 1_024,
    end: () => void child.kill(),
  };
}

/** Answers a dashboard's page from an inspector process. */
export class InspectorHost extends FakeHost {
  constructor(
    private readonly inspector: InspectorFunctions,
    private readonly summary: StudySummary,
  ) {
    super({ ...snapshotOf({ view: null }), study: summary, studyName: summary.name }, null);
  }

  override async listTrials(query: TrialQuery) {
    return this.inspector.listTrials(this.summary.storage, this.summary.name, query);
  }
  override async getTrial(number: number) {
    return this.inspector.getTrial(this.summary.storage, this.summary.name, number);
  }
  override async getChart<Name extends ChartName>(request: ChartRequest<Name>) {
    return this.inspector.getChart(this.summary.storage, this.summary.name, request);
  }
  override async cancelChart(request: ChartRequest): Promise<void> {
    return this.inspector.cancelChart(this.summary.storage, this.summary.name, request);
  }
  override async getFieldValues(field: string) {
    return this.inspector.getFieldValues(this.summary.storage, this.summary.name, field);
  }
}
