import * as v from "valibot";

import type { DashboardSnapshot } from "../src/protocol/dashboard.js";
import type {
  HistoryData,
  ImportanceData,
  LearningCurve,
  StudySummary,
  TrialDetail,
  TrialPage,
} from "../src/protocol/inspector.js";
import type { BestTrial, EpochEnded, FollowUpInfo, StudySource } from "../src/protocol/trainer.js";
import type { WireJson, WireNumber, WireParamValue, WireTrialState } from "../src/protocol/wire.js";
import { recordOf } from "./record-of.js";

/**
 * The shape of everything the host may send, checked before it is used. The types are the protocol's: a schema that falls behind it does
 * not compile.
 */
type Schema<T> = v.GenericSchema<unknown, T>;

const wireNumber: Schema<WireNumber> = v.union([v.number(), v.picklist(["NaN", "Infinity", "-Infinity"])]);
const paramValue: Schema<WireParamValue> = v.nullable(v.union([v.boolean(), v.string(), wireNumber]));
const json: Schema<WireJson> = v.lazy(() =>
  v.nullable(v.union([v.boolean(), v.number(), v.string(), v.array(json), recordOf(json)])),
);
const trialState: Schema<WireTrialState> = v.picklist(["RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"]);
const params = recordOf(paramValue);
const point = v.tuple([v.number(), wireNumber]);

const best: Schema<BestTrial> = v.object({ number: v.number(), value: wireNumber, params });

const backend = v.object({ backend: v.string(), device: v.string(), version: v.string() });

const source: Schema<StudySource> = v.object({
  file: v.string(),
  exportName: v.string(),
  trials: v.nullable(v.number()),
  sampler: v.string(),
  pruner: v.string(),
  seed: v.nullable(v.number()),
  epochs: v.nullable(v.number()),
  backend: v.nullable(backend),
  node: v.string(),
  version: v.string(),
});

const followUp: Schema<FollowUpInfo> = v.object({ from: v.string(), frozen: params, taken: v.number() });

const study: Schema<StudySummary> = v.object({
  name: v.string(),
  storage: v.string(),
  directions: v.array(v.picklist(["minimize", "maximize"])),
  metricNames: v.nullable(v.array(v.string())),
  counts: v.object({
    RUNNING: v.number(),
    COMPLETE: v.number(),
    PRUNED: v.number(),
    FAIL: v.number(),
    WAITING: v.number(),
  }),
  finished: v.number(),
  best: v.nullable(best),
  front: v.nullable(v.number()),
  workers: v.object({ processes: v.array(v.number()), others: v.number() }),
  olderLibrary: v.nullable(v.string()),
  source: v.nullable(source),
  followUp: v.nullable(followUp),
  params: v.array(v.object({ name: v.string(), type: v.picklist(["float", "int", "categorical"]), log: v.boolean() })),
  startedAt: v.nullable(v.number()),
  changedAt: v.nullable(v.number()),
  userAttrs: recordOf(json),
  inexact: v.array(v.string()),
  error: v.nullable(v.string()),
});

export const epochEnded: Schema<EpochEnded> = v.object({
  number: v.number(),
  epoch: v.number(),
  epochs: v.nullable(v.number()),
  logs: recordOf(wireNumber),
});

export const dashboardSnapshot: Schema<DashboardSnapshot> = v.object({
  sequence: v.number(),
  study: v.nullable(study),
  studyName: v.string(),
  storage: v.string(),
  running: v.nullable(
    v.object({
      kind: v.picklist(["study", "retrain"]),
      trials: v.nullable(v.number()),
      finished: v.number(),
      backend: v.nullable(backend),
      progress: v.array(epochEnded),
      stopping: v.boolean(),
    }),
  ),
  trusted: v.boolean(),
  error: v.nullable(v.object({ message: v.string(), paused: v.boolean() })),
});

const rowEntries = {
  number: v.number(),
  state: trialState,
  values: v.nullable(v.array(wireNumber)),
  params,
  startedAt: v.nullable(v.number()),
  durationMs: v.nullable(v.number()),
  lastStep: v.nullable(v.number()),
  lastValue: v.nullable(wireNumber),
  failReason: v.nullable(v.string()),
};

export const trialPage: Schema<TrialPage> = v.object({
  rows: v.array(v.object(rowEntries)),
  total: v.number(),
  offset: v.number(),
});

export const trialDetail: Schema<TrialDetail> = v.object({
  ...rowEntries,
  intermediateValues: v.array(point),
  userAttrs: recordOf(json),
  peakMemory: v.nullable(v.object({ bytes: v.number(), since: v.picklist(["trial", "process"]) })),
});

export const historyData: Schema<HistoryData> = v.object({
  points: v.array(v.tuple([v.number(), wireNumber, trialState])),
  best: v.array(point),
});

export const importanceData: Schema<ImportanceData> = v.object({
  evaluator: v.picklist(["ped-anova", "fanova", "mdi"]),
  trials: v.number(),
  importances: v.array(
    v.object({ name: v.string(), importance: v.number(), interval: v.tuple([v.number(), v.number()]) }),
  ),
});

export const learningCurves: Schema<readonly LearningCurve[]> = v.array(
  v.object({ number: v.number(), state: trialState, points: v.array(point) }),
);

/** What the rpc library sends around calls and answers. */
export const envelope = v.variant("t", [
  v.looseObject({ t: v.literal("q"), m: v.picklist(["changed", "progress"]), a: v.array(v.unknown()) }),
  v.looseObject({ t: v.literal("s"), i: v.string() }),
]);

/** How a failed call reads: a `WireError`, or whatever else was thrown. */
export function reasonOf(error: unknown): string {
  const message = v.safeParse(v.looseObject({ message: v.string() }), error);
  return message.success ? message.output.message : String(error);
}
