import { csvLine } from "../../src/format/csv.js";
import { shownState } from "../../src/format/shown-state.js";
import { ownValue } from "../../src/protocol/own-value.js";
import type { StudySummary, TrialSummary } from "../../src/protocol/inspector.js";
import { formatJson } from "../format.js";
import type { DashboardHost } from "../host.js";
import { objectiveName } from "../objective-name.js";

const PAGE_ROWS = 1_000;

/** Every trial that matches, with all attributes, by number. */
export async function allTrials(host: DashboardHost, study: StudySummary, filter: string): Promise<TrialSummary[]> {
  const rows: TrialSummary[] = [];
  const query = { limit: PAGE_ROWS, attributes: study.attributes, ...(filter === "" ? {} : { filter }) };
  for (;;) {
    const page = await host.listTrials({ ...query, offset: rows.length });
    rows.push(...page.rows);
    if (page.rows.length === 0 || rows.length >= page.total) return rows;
  }
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
