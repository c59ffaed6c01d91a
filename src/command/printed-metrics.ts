/** Metrics by name, as a program prints them. */
export type Metrics = ReadonlyMap<string, number>;

const NUMBER = String.raw`[-+]?(?:(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:e[-+]?\d{1,4})?|nan|inf(?:inity)?)`;
const wholeNumber = new RegExp(`^${NUMBER}$`, "i");
/** `loss=0.3`, `loss: 0.3`, `"loss": 0.3`, `'loss': 0.3`. The lengths are limited so that no line takes long. */
const pair = new RegExp(
  String.raw`(?<![\w.])["']?([A-Za-z_][\w./@-]{0,99})["']?\s{0,20}[=:]\s{0,20}["']?(${NUMBER})(?![\w.]*\w)`,
  "gi",
);

/** Reads a number as Python and JavaScript write it, `nan` and `inf` too. */
export function parseNumber(text: string): number | undefined {
  if (!wholeNumber.test(text)) return undefined;
  if (/nan/i.test(text)) return NaN;
  const infinity = /^([-+]?)inf/i.exec(text);
  return infinity ? Number(`${infinity[1]}Infinity`) : Number(text);
}

/** The metrics in a line: a JSON object, or pairs such as `loss=0.3` or `loss: 0.3` anywhere in it. */
export function readMetrics(line: string): Metrics {
  const json = readJson(line);
  if (json) return json;
  const metrics = new Map<string, number>();
  for (const [, name, text] of line.matchAll(pair)) metrics.set(name!, parseNumber(text!)!);
  return metrics;
}

/**
 * The metrics that a pattern finds: its named groups, by their names; without any, its first group is the metric `name`.
 */
export function matchMetrics(line: string, pattern: RegExp, name: string): Metrics {
  const metrics = new Map<string, number>();
  // A pattern with `g` would go on from its last match.
  const match = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")).exec(line);
  const groups = match?.groups ?? { [name]: match?.[1] ?? match?.[0] };
  for (const [group, text] of Object.entries(groups)) {
    const value = text === undefined ? undefined : parseNumber(text.trim());
    if (value !== undefined) metrics.set(group, value);
  }
  return metrics;
}

function readJson(line: string): Metrics | undefined {
  const text = line.trim();
  if (!text.startsWith("{") || !text.endsWith("}")) return undefined;
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return new Map(entries.flatMap(([name, value]) => (typeof value === "number" ? [[name, value]] : [])));
  } catch {
    // Python writes NaN without quotes, and dictionaries with single ones: the pairs are found all the same.
    return undefined;
  }
}

const stepNames = ["step", "global_step", "iteration", "epoch"];

/** The step in a line's metrics, if it has one; it is not a metric itself. */
export function stepOf(metrics: Metrics): number | undefined {
  const byName = new Map([...metrics].map(([name, value]) => [name.toLowerCase(), value]));
  return stepNames.map((name) => byName.get(name)).find((step) => Number.isSafeInteger(step) && step! >= 0);
}

export function withoutStep(metrics: Metrics): Metrics {
  return new Map([...metrics].filter(([name]) => !stepNames.includes(name.toLowerCase())));
}
