import { csvLine } from "../../src/format/csv.js";
import { shownState } from "../../src/format/shown-state.js";
import { ownValue } from "../../src/protocol/own-value.js";
import type { StudySummary, TrialSummary } from "../../src/protocol/inspector.js";
import { formatJson } from "../format.js";
import type { DashboardHost } from "../host.js";
import { objectiveName } from "../objective-name.js";

const PAGE_ROWS = 1_000;

/** Every trial that matches, by number. @param attributes those that each comes with. */
export async function allTrials(
  host: DashboardHost,
  filter: string,
  attributes: readonly string[] = [],
): Promise<TrialSummary[]> {
  const rows: TrialSummary[] = [];
  const query = { limit: PAGE_ROWS, attributes, ...(filter === "" ? {} : { filter }) };
  for (;;) {
    const page = await host.listTrials({ ...query, offset: rows.length });
    rows.push(...page.rows);
    if (page.rows.length === 0 || rows.length >= page.total) return rows;
  }
}

/** The parameters of trials as a table to paste: a column for each that one of them has. */
export function copiedParams(trials: readonly TrialSummary[], study: StudySummary): string {
  const names = study.params
    .map(({ name }) => name)
    .filter((name) => trials.some(({ params }) => Object.hasOwn(params, name)));
  const line = ({ number, params }: TrialSummary) => [number, ...names.map((name) => ownValue(params, name) ?? "")];
  return [["number", ...names], ...trials.map(line)].map((cells) => csvLine(cells, { separator: "\t" })).join("");
}

/** Trials as a file's text. */
export function exported(type: "csv" | "json", trials: readonly TrialSummary[], study: StudySummary): string {
  if (type === "json") return `${JSON.stringify(trials, null, 2)}\n`;
  const objectives = study.directions.map((_, objective) => objectiveName(study, objective));
  const params = study.params.map(({ name }) => name);
  const header = [
    "number",
    "state",
    ...objectives,
    ...params,
    ...study.attributes,
    "started",
    "seconds",
    "fail reason",
  ];
  const line = (trial: TrialSummary) => [
    String(trial.number),
    shownState(trial),
    ...objectives.map((_, objective) => String(trial.values?.[objective] ?? "")),
    ...params.map((name) => String(ownValue(trial.params, name) ?? "")),
    ...study.attributes.map((name) => {
      const value = ownValue(trial.attributes, name);
      return value === undefined ? "" : formatJson(value);
    }),
    trial.startedAt === null ? "" : new Date(trial.startedAt).toISOString(),
    trial.durationMs === null ? "" : String(trial.durationMs / 1_000),
    trial.failReason ?? "",
  ];
  return [header, ...trials.map(line)].map((cells) => csvLine(cells)).join("");
}
