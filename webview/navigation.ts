import * as v from "valibot";

import type { ChartOptions } from "../src/protocol/charts.js";
import type { WireTrialState } from "../src/protocol/wire.js";
import type { ChartChoice } from "./charts/chart.js";
import { recordOf } from "./record-of.js";

const trialState: v.GenericSchema<unknown, WireTrialState> = v.picklist([
  "COMPLETE",
  "RUNNING",
  "PRUNED",
  "FAIL",
  "WAITING",
]);

const axisRanges = recordOf(v.object({ min: v.number(), max: v.number() }));

const chartChoice: v.GenericSchema<unknown, ChartChoice> = v.object({
  objective: v.optional(v.number()),
  evaluator: v.optional(v.picklist(["ped-anova", "fanova", "mdi"])),
  each: v.optional(v.boolean()),
  params: v.optional(v.array(v.string())),
  limit: v.optional(v.number()),
  which: v.optional(v.picklist(["mixed", "best", "latest", "density"])),
  trials: v.optional(v.array(v.number())),
  selectedOnly: v.optional(v.boolean()),
  param: v.optional(v.string()),
  states: v.optional(v.array(trialState)),
  objectives: v.optional(v.array(v.number())),
  reference: v.optional(v.array(v.number())),
  studies: v.optional(v.array(v.string())),
  rows: v.optional(v.picklist(["process", "trial"])),
  improvement: v.optional(v.picklist(["regret-bound", "emmr", "stagnation"])),
  progress: v.optional(v.picklist(["trials", "epochs", "seconds"])),
  log: v.optional(v.boolean()),
  full: v.optional(v.boolean()),
  asTable: v.optional(v.boolean()),
  rotation: v.optional(v.tuple([v.number(), v.number()])),
  zoom: v.optional(v.object({ ranges: axisRanges, base: axisRanges })),
} satisfies Record<keyof ChartOptions | keyof ChartChoice, unknown>);

/** The user's place on the page. Only this outlives the page; data never does. */
const navigationSchema = v.object({
  /** Each column orders the trials that are equal in those before it. */
  sort: v.fallback(v.array(v.object({ column: v.string(), descending: v.boolean() })), [
    { column: "number", descending: true },
  ]),
  /** Clauses of the one filter of table and charts, all of which hold. */
  filter: v.optional(v.array(v.string()), []),
  /** The clauses that were written, the latest first. */
  filterHistory: v.optional(v.array(v.string()), []),
  /** Column id to shown or not, for those that differ from the default. */
  columns: v.optional(recordOf(v.boolean()), {}),
  /** Column ids; those that are not among them come last. */
  columnOrder: v.optional(v.array(v.string()), []),
  /** In pixels, by column id. */
  columnWidths: v.optional(recordOf(v.number()), {}),
  /** By card. */
  charts: v.optional(recordOf(chartChoice), {}),
  /** The trials that are selected, by number; inverted: of those that match the filter, the ones that are not. */
  selection: v.optional(v.array(v.number()), []),
  isSelectionInverted: v.optional(v.boolean(), false),
  /** The trials that stay on top of the table. */
  pinned: v.optional(v.array(v.number()), []),
  /** Whether they are shown side by side. */
  isComparing: v.optional(v.boolean(), false),
  /** The trial that is open. */
  selectedTrial: v.optional(v.nullable(v.number()), null),
});

export type Navigation = v.InferOutput<typeof navigationSchema>;

/** What an earlier page saved; the default if it saved nothing readable. */
export function readNavigation(state: unknown): Navigation {
  const parsed = v.safeParse(navigationSchema, state ?? {});
  return parsed.success ? parsed.output : v.parse(navigationSchema, {});
}
