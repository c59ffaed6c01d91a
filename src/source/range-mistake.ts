import type { CategoricalChoice } from "../engine/distribution.js";
import { TunelensError } from "../engine/errors.js";
import { categorical, float, int } from "../engine/space.js";
import { formatNumber } from "../format/numbers.js";

/** What is wrong with a parameter's definition. */
export interface RangeMistake {
  readonly message: string;
  /** Whether the study can't start with it. */
  readonly isFatal: boolean;
}

/** A definition whose text says all that matters. */
export type WrittenRange =
  | { readonly type: "float" | "int"; readonly low: number; readonly high: number; readonly options: NumericOptions }
  | {
      readonly type: "categorical";
      readonly choices: readonly CategoricalChoice[];
      readonly options: { readonly default?: CategoricalChoice };
    };

interface NumericOptions {
  readonly log?: boolean;
  readonly step?: number;
  readonly default?: number;
}

/** What the package would throw for a definition, or that its steps miss the upper bound; null: nothing is wrong. */
export function mistakeOf(range: WrittenRange): RangeMistake | null {
  try {
    if (range.type === "categorical") categorical(range.choices, range.options);
    else return missedBound(range, (range.type === "float" ? float : int)(range.low, range.high, range.options));
    return null;
  } catch (error) {
    return error instanceof TunelensError ? { message: error.message, isFatal: true } : null;
  }
}

function missedBound(
  { low, high, options }: Extract<WrittenRange, { low: number }>,
  { distribution }: ReturnType<typeof float | typeof int>,
): RangeMistake | null {
  if (distribution.high === high) return null;
  const message = `Steps of ${formatNumber(options.step!)} from ${formatNumber(low)} end at ${formatNumber(distribution.high)}, not at ${formatNumber(high)}.`;
  return { message, isFatal: false };
}
