import type { AxisRange, ParamAxis, ParamTrials } from "../../src/protocol/charts.js";
import { formatNumber, formatParam } from "../../src/format/numbers.js";
import { shortLine } from "../../src/format/visible-text.js";
import { formatInteger } from "../format.js";
import { axis } from "./axes.js";
import type { ChartTheme } from "./chart-theme.js";

const NAME_CHARS = 60;
const BRIEF_CHARS = 24;
const CHOICE_CHARS = 16;
/** A number with more values than these has the ticks of an axis. */
const MAX_VALUES = 6;

/** A parameter's name in a tooltip or a table. */
export function paramName(name: string): string {
  return shortLine(name, NAME_CHARS);
}

/** In two lines, where there is little room: parameters of a branch differ in what stands before their last name. */
export function nameLines(name: string, length: number): string[] {
  const dot = name.lastIndexOf(".");
  if (name.length <= length || dot <= 0) return [shortLine(name, length)];
  const before = name.slice(0, dot);
  const branch = before.slice(before.lastIndexOf(".") + 1);
  return [shortLine(branch, length), shortLine(name.slice(dot + 1), length)];
}

/** In a sentence that has several. */
export function briefName(name: string): string {
  return shortLine(name, BRIEF_CHARS);
}

/** A value on a parameter's axis in words. */
export function axisText({ scale, choices }: ParamAxis, value: number | null): string {
  if (value === null) return "–";
  return scale === "category" ? shortLine(formatParam(choices[value]), NAME_CHARS) : formatNumber(value);
}

/** The same in a table. */
export function axisCell(param: ParamAxis, value: number | null): string | number {
  return value === null || param.scale === "category" ? axisText(param, value) : value;
}

/** Of a trial's parameter, on either axis of a plane or below a slice. */
export function paramScale(theme: ChartTheme, param: ParamAxis) {
  const { ticks, ...rest } = axis(theme, param.name);
  const [min, max] = drawnRange(param.range);
  return {
    type: param.scale === "log" ? ("logarithmic" as const) : ("linear" as const),
    ...rest,
    min,
    max,
    ticks: {
      ...ticks,
      maxTicksLimit: 8,
      autoSkipPadding: 6,
      includeBounds: false,
      callback: (tick: string | number) => tickText(param, Number(tick)),
    },
    afterBuildTicks(scale: TickedScale) {
      const few = fewValues(param)?.filter((value) => scale.min <= value && value <= scale.max);
      if (few !== undefined) scale.ticks = few.map((value) => ({ value }));
      else if (param.scale === "log") scale.ticks = roundTicks(scale.ticks, scale.max / scale.min);
    },
  };
}

/** Every choice of a category, and the values of a number that has only some; null: there are more. */
function fewValues({ scale, choices, values }: ParamAxis): number[] | null {
  if (scale === "category") return [...choices.keys()];
  const different = new Set(values.filter((value) => value !== null));
  return different.size > 0 && different.size <= MAX_VALUES ? [...different].sort((a, b) => a - b) : null;
}

/** What a scale of Chart.js has before it draws its ticks. */
export interface TickedScale {
  readonly min: number;
  readonly max: number;
  ticks: { value: number }[];
}

/** Of a logarithmic axis, powers of ten, or few numbers beside them: its ends have numbers that say little. */
function roundTicks(ticks: { value: number }[], factor: number): { value: number }[] {
  const leading = factor > 100 ? [1] : factor > 5 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const isRound = (value: number) => {
    const digit = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
    return leading.some((round) => Math.abs(digit - round) < 1e-6);
  };
  const round = ticks.filter(({ value }) => isRound(value));
  return round.length > 1 ? round : ticks;
}

function tickText({ scale, choices }: ParamAxis, tick: number): string {
  if (scale !== "category") return formatNumber(tick);
  const choice = choices[tick];
  return choice === undefined ? "" : shortLine(formatParam(choice), CHOICE_CHARS);
}

/** Half a step around a single value, which has no range. */
function drawnRange([low, high]: AxisRange): AxisRange {
  if (low < high) return [low, high];
  return low > 0 && high > 0 ? [low * 0.5, high * 1.5] : [low - 0.5, high + 0.5];
}

/** What of very many trials a chart leaves out; empty: nothing. */
export function leftOut({ total, numbers }: ParamTrials): string {
  return numbers.length === total ? "" : `${formatInteger(numbers.length)} of ${formatInteger(total)} trials`;
}
