import type { StudySummary } from "../src/protocol/inspector.js";
import { shortLine } from "../src/format/visible-text.js";

const NAME_CHARS = 80;

/** The objective's name where the study has one, as short as the page has room for. */
export function objectiveName(
  { metricNames, directions }: Pick<StudySummary, "metricNames" | "directions">,
  objective = 0,
): string {
  const named = metricNames?.[objective];
  if (named) return shortLine(named, NAME_CHARS);
  return directions.length > 1 ? `Value ${objective + 1}` : "Value";
}
