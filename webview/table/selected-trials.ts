import type { TrialSummary } from "../../src/protocol/inspector.js";
import { joinClauses } from "../../src/query/clauses.js";
import type { DashboardHost } from "../host.js";
import { MAX_PINNED } from "./pinned-trials.js";

/** What the actions for selected trials depend on. */
export interface SelectedTrials {
  readonly count: number;
  /** null: so many that no action asks for each. */
  readonly rows: readonly TrialSummary[] | null;
  /** How many failed or were stopped, and the first of them. */
  readonly failed: { readonly count: number; readonly first: readonly number[] };
}

/** How many trials are run again at once. */
export const MAX_RUN_AGAIN = 1_000;

/**
 * @param filter what the selected trials match.
 * @param known those of them that are here: if all are, nothing is asked for.
 */
export async function selectedTrials(
  host: DashboardHost,
  filter: string,
  count: number,
  known: readonly TrialSummary[],
): Promise<SelectedTrials> {
  if (known.length === count) return { count, rows: known, failed: failedOf(known) };
  const query = (limit: number, ...clauses: string[]) =>
    host.listTrials({ offset: 0, limit, filter: joinClauses(clauses.filter((clause) => clause !== "")) });
  if (count <= MAX_PINNED) {
    const { rows } = await query(MAX_PINNED, filter);
    return { count: rows.length, rows, failed: failedOf(rows) };
  }
  const { rows, total } = await query(MAX_RUN_AGAIN, filter, "state in (failed, stopped)");
  return { count, rows: null, failed: { count: total, first: rows.map(({ number }) => number) } };
}

function failedOf(rows: readonly TrialSummary[]): SelectedTrials["failed"] {
  const failed = rows.filter(({ state }) => state === "FAIL");
  return { count: failed.length, first: failed.slice(0, MAX_RUN_AGAIN).map(({ number }) => number) };
}
