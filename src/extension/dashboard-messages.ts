import * as v from "valibot";
import { chartNames, type ChartOptions, chartOptions, type ChartRequest } from "../protocol/charts.js";
import {
  type Annotation,
  MAX_NOTE_LENGTH,
  MAX_TAG_LENGTH,
  MAX_TAGS,
  type Tag,
  tagColors,
} from "../protocol/annotations.js";
import {
  type DashboardAction,
  type DashboardHostFunctions,
  MAX_SAVED_CHARS,
  type SavedFile,
} from "../protocol/dashboard.js";
import { type CardPlace, MAX_COLUMNS, MAX_HEIGHT, MIN_HEIGHT, studyKinds } from "../protocol/dashboard-layout.js";
import type { TrialColumn, TrialQuery } from "../protocol/inspector.js";
import type { WireParamValue } from "../protocol/wire.js";

/**
 * What a panel may send. A webview is a web page: everything from it is checked before it is used. The schemas are typed by the protocol,
 * so one that falls behind does not compile.
 */
type Schema<T> = v.GenericSchema<unknown, T>;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const primitives: readonly string[] = ["boolean", "number", "string"];
const states = v.array(v.picklist(["RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"]));

const columns = [
  "number",
  "state",
  "value",
  "last",
  "best",
  "lastStep",
  "duration",
  "startedAt",
  "memory",
  "failReason",
];

const column = v.custom<TrialColumn>(
  (value) =>
    typeof value === "string" &&
    (columns.includes(value) || value === "tags" || /^(?:param:|attribute:|value:\d+$)/.test(value)),
);

const filter = v.pipe(v.string(), v.maxLength(10_000));

const trialQuery: Schema<TrialQuery> = v.strictObject({
  offset: count,
  limit: v.pipe(count, v.maxValue(1_000)),
  sort: v.optional(v.pipe(v.array(v.strictObject({ column, descending: v.boolean() })), v.maxLength(20))),
  filter: v.optional(filter),
  attributes: v.optional(v.pipe(v.array(v.string()), v.maxLength(1_000))),
});

const chartRequest: Schema<ChartRequest> = v.pipe(
  v.strictObject({
    chart: v.picklist(chartNames),
    filter: v.optional(filter),
    objective: v.optional(count),
    evaluator: v.optional(v.picklist(["ped-anova", "fanova", "mdi"])),
    params: v.optional(v.array(v.string())),
    limit: v.optional(v.pipe(count, v.maxValue(500))),
    which: v.optional(v.picklist(["mixed", "best", "latest", "density"])),
    trials: v.optional(v.pipe(v.array(count), v.maxLength(500))),
    states: v.optional(states),
    each: v.optional(v.boolean()),
    log: v.optional(v.boolean()),
    full: v.optional(v.boolean()),
    objectives: v.optional(v.pipe(v.array(count), v.minLength(1), v.maxLength(3))),
    reference: v.optional(v.pipe(v.array(v.number()), v.maxLength(100))),
    studies: v.optional(v.pipe(v.array(v.string()), v.maxLength(100))),
    rows: v.optional(v.picklist(["process", "trial"])),
    improvement: v.optional(v.picklist(["regret-bound", "emmr", "stagnation"])),
    progress: v.optional(v.picklist(["trials", "epochs", "seconds"])),
  } satisfies Record<"chart" | "filter" | keyof ChartOptions, unknown>),
  v.check(
    ({ chart, ...options }) =>
      Object.keys(options).every((option) => ["filter", ...chartOptions[chart]].includes(option)),
    "An option that this chart does not have.",
  ),
);

/** A map's entries, so that a parameter may be called `__proto__`. */
const params: Schema<Readonly<Record<string, WireParamValue>>> = v.pipe(
  v.custom<Record<string, unknown>>((input) => typeof input === "object" && input !== null && !Array.isArray(input)),
  v.check((input) => Object.values(input).every((value) => value === null || primitives.includes(typeof value))),
  v.transform((input) => input as Record<string, WireParamValue>),
);

/** As Optuna makes them, and as other programs might. */
const artifactId = v.pipe(v.string(), v.regex(/^[\w-]{1,100}$/));

const action: Schema<DashboardAction> = v.variant("type", [
  v.strictObject({ type: v.picklist(["start", "stop", "pause", "showOutput", "openSource"]) }),
  v.strictObject({ type: v.literal("retrain"), trial: v.optional(count) }),
  v.strictObject({ type: v.literal("freeze"), param: v.optional(v.string()), trial: v.optional(count) }),
  v.strictObject({ type: v.literal("setTrials"), total: v.optional(v.pipe(count, v.minValue(1))) }),
  v.strictObject({ type: v.literal("enqueue"), params: v.optional(params), trial: v.optional(count) }),
  v.strictObject({
    type: v.picklist(["debug", "copyParameters", "showCode", "stopTrial", "openFailure"]),
    trial: count,
  }),
  v.strictObject({
    type: v.literal("runAgain"),
    numbers: v.pipe(v.array(count), v.minLength(1), v.maxLength(1_000)),
  }),
  v.strictObject({
    type: v.literal("copyTable"),
    table: v.pipe(v.string(), v.maxLength(MAX_SAVED_CHARS)),
    trials: count,
  }),
  v.strictObject({ type: v.literal("showChanges"), from: count, to: count }),
  v.strictObject({ type: v.picklist(["saveArtifact", "revealArtifact"]), trial: v.nullable(count), id: artifactId }),
  v.strictObject({ type: v.literal("openStudy"), study: v.string(), trial: v.optional(count) }),
  v.strictObject({
    type: v.literal("openLink"),
    url: v.pipe(v.string(), v.maxLength(2_000), v.regex(/^https?:\/\//i), v.url()),
  }),
]);

const tag: Schema<Tag> = v.strictObject({
  name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(MAX_TAG_LENGTH)),
  color: v.picklist(tagColors),
});

const annotation: Schema<Annotation> = v.variant("type", [
  v.strictObject({
    type: v.literal("note"),
    trial: v.nullable(count),
    body: v.pipe(v.string(), v.maxLength(MAX_NOTE_LENGTH)),
    version: count,
  }),
  v.strictObject({
    type: v.literal("tags"),
    trial: v.nullable(count),
    tags: v.pipe(v.array(tag), v.maxLength(MAX_TAGS)),
  }),
]);
/** No folder, no dot. */
const fileName = v.pipe(v.string(), v.regex(/^[a-z\d]+(-[a-z\d]+)*$/), v.maxLength(60));

const cardPlace: Schema<CardPlace> = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[a-z]+(-[a-z]+)*(-\d{1,3})?$/), v.maxLength(60)),
  columns: v.nullable(v.pipe(count, v.minValue(1), v.maxValue(MAX_COLUMNS))),
  height: v.nullable(v.pipe(count, v.minValue(MIN_HEIGHT), v.maxValue(MAX_HEIGHT))),
});

export const layout: Schema<readonly CardPlace[]> = v.pipe(v.array(cardPlace), v.maxLength(100));

const savedFile: Schema<SavedFile> = v.variant("type", [
  v.strictObject({
    type: v.literal("png"),
    name: fileName,
    content: v.pipe(v.string(), v.maxLength(MAX_SAVED_CHARS), v.base64()),
  }),
  v.strictObject({
    type: v.picklist(["svg", "csv", "json"]),
    name: fileName,
    content: v.pipe(v.string(), v.maxLength(MAX_SAVED_CHARS)),
  }),
]);

/** The arguments of each call. */
const callArguments = {
  ready: v.strictTuple([v.number()]),
  listTrials: v.strictTuple([trialQuery]),
  getTrial: v.strictTuple([count]),
  getChart: v.strictTuple([chartRequest]),
  getArtifact: v.strictTuple([v.nullable(count), artifactId, count]),
  compareCode: v.strictTuple([count, count]),
  annotate: v.strictTuple([annotation]),
  cancelChart: v.strictTuple([chartRequest]),
  saveFile: v.strictTuple([savedFile]),
  getLayouts: v.strictTuple([]),
  saveLayout: v.strictTuple([v.picklist(studyKinds), v.nullable(layout)]),
  getFieldValues: v.strictTuple([filter]),
  act: v.strictTuple([action]),
} as const satisfies { [K in keyof DashboardHostFunctions]: Schema<Parameters<DashboardHostFunctions[K]>> };

/** What the rpc library wraps a panel's call in. A panel answers nothing: what the host tells it is not awaited. */
export const panelCall = v.strictObject({
  t: v.literal("q"),
  i: v.optional(v.string()),
  m: v.picklist(Object.keys(callArguments) as (keyof DashboardHostFunctions)[]),
  a: v.array(v.unknown()),
  o: v.optional(v.boolean()),
});

/**
 * The same functions, each of which refuses arguments that are not those of the protocol.
 * @throws from each function, an error that names the call.
 */
export function checkedFunctions(functions: DashboardHostFunctions): DashboardHostFunctions {
  const checked = (name: keyof DashboardHostFunctions, args: unknown): void => {
    const result = v.safeParse(callArguments[name], args);
    if (!result.success) throw new Error(`Dashboard: invalid arguments for ${name}: ${v.summarize(result.issues)}`);
  };
  const guard = <Arguments extends unknown[], Result>(
    name: keyof DashboardHostFunctions,
    call: (...args: Arguments) => Promise<Result>,
  ) => {
    return async (...args: Arguments): Promise<Result> => {
      checked(name, args);
      return call(...args);
    };
  };
  return {
    ready: guard("ready", functions.ready),
    listTrials: guard("listTrials", functions.listTrials),
    getTrial: guard("getTrial", functions.getTrial),
    getChart: guard("getChart", functions.getChart),
    getArtifact: guard("getArtifact", functions.getArtifact),
    compareCode: guard("compareCode", functions.compareCode),
    annotate: guard("annotate", functions.annotate),
    cancelChart: guard("cancelChart", functions.cancelChart),
    saveFile: guard("saveFile", functions.saveFile),
    getLayouts: guard("getLayouts", functions.getLayouts),
    saveLayout: guard("saveLayout", functions.saveLayout),
    getFieldValues: guard("getFieldValues", functions.getFieldValues),
    act: guard("act", functions.act),
  };
}
