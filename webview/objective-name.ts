import type { StudySummary } from "../src/protocol/inspector.js";

/** The objective's name where the study has one. */
export function objectiveName(
  { metricNames, directions }: Pick<StudySummary, "metricNames" | "directions">,
  objective = 0,
): string {
  const named = metricNames?.[objective];
  if (named) return named;
  return directions.length > 1 ? `Value ${objective + 1}` : "Value";
}
