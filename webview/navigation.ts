import * as v from "valibot";

import type { WireTrialState } from "../src/protocol/wire.js";
import { recordOf } from "./record-of.js";

/** The user's place on the page. Only this outlives the page; data never does. */
const navigationSchema = v.object({
  sort: v.optional(v.object({ column: v.string(), descending: v.boolean() }), { column: "number", descending: true }),
  states: v.optional(v.array(v.picklist(["RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"])), []),
  /** Column id to shown or not, for those that differ from the default. */
  columns: v.optional(recordOf(v.boolean()), {}),
  evaluator: v.optional(v.picklist(["ped-anova", "fanova", "mdi"]), "ped-anova"),
  selectedTrial: v.optional(v.nullable(v.number()), null),
  historyLog: v.optional(v.boolean(), false),
  curvesLog: v.optional(v.boolean(), false),
  /** Charts shown as their table. */
  asTable: v.optional(v.array(v.string()), []),
});

export type Navigation = v.InferOutput<typeof navigationSchema>;

export const trialStates: readonly WireTrialState[] = ["COMPLETE", "RUNNING", "PRUNED", "FAIL", "WAITING"];

/** What an earlier page saved; the default if it saved nothing readable. */
export function readNavigation(state: unknown): Navigation {
  const parsed = v.safeParse(navigationSchema, state ?? {});
  return parsed.success ? parsed.output : v.parse(navigationSchema, {});
}
