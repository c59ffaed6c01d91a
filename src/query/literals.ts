/** How values are written in a query. */

const NUMBER = /^#?([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i;
const named: ReadonlyMap<string, number> = new Map([
  ["nan", NaN],
  ["inf", Infinity],
  ["infinity", Infinity],
  ["∞", Infinity],
]);

export function parseNumber(text: string): number | undefined {
  const plain = NUMBER.exec(text)?.[1];
  if (plain !== undefined) return Number(plain);
  const sign = text.startsWith("-") ? -1 : 1;
  const size = named.get(text.replace(/^[+-]/, "").toLowerCase());
  return size === undefined ? undefined : sign * size;
}

const durations: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["sec", 1_000],
  ["m", 60_000],
  ["min", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

const sizes: ReadonlyMap<string, number> = new Map([
  ["b", 1],
  ["kb", 1e3],
  ["mb", 1e6],
  ["gb", 1e9],
  ["kib", 2 ** 10],
  ["mib", 2 ** 20],
  ["gib", 2 ** 30],
]);

/** `90s`, `5m`, `1h30m`; a number alone means seconds. @returns milliseconds */
export function parseDuration(text: string): number | undefined {
  const seconds = parseNumber(text);
  return seconds === undefined ? withUnits(text, durations) : seconds * 1_000;
}

/** `500MB`, `1.5 GiB`; a number alone means bytes. */
export function parseBytes(text: string): number | undefined {
  return parseNumber(text) ?? withUnits(text, sizes);
}

function withUnits(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const parts = [...text.matchAll(/([\d.]+)\s*([a-z]+)\s*/gi)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) return undefined;
  const values = parts.map(([, number, unit]) => Number(number) * (units.get(unit!.toLowerCase()) ?? NaN));
  const sum = values.reduce((total, value) => total + value, 0);
  return Number.isNaN(sum) ? undefined : sum;
}

/** The moments that a text names, in milliseconds since the epoch: of `2026-03-14` the whole day. `to` is exclusive. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

const TIME = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/** `2026-03-14`, `2026-03-14T09:26`, `"2026-03-14 09:26:53"`, in local time. */
export function parseTime(text: string): TimeSpan | undefined {
  const found = TIME.exec(text);
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = found
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const at = (days: number, minutes: number, seconds: number) =>
    new Date(year!, month! - 1, day! + days, hour ?? 0, (minute ?? 0) + minutes, (second ?? 0) + seconds).getTime();
  const start = new Date(at(0, 0, 0));
  if (start.getMonth() !== month! - 1 || start.getDate() !== day) return undefined;
  const to = hour === undefined ? at(1, 0, 0) : second === undefined ? at(0, 1, 0) : at(0, 0, 1);
  return { from: start.getTime(), to };
}
