import type { WireNumber, WireParamValue } from "./wire.js";

/** A parameter and the values that it may have. */
export interface ParamOutline {
  readonly name: string;
  readonly type: "float" | "int" | "categorical";
  readonly log: boolean;
  /** The range of a numeric parameter, as the latest trial has it. */
  readonly low?: WireNumber;
  readonly high?: WireNumber;
  /** Missing: any number in the range. */
  readonly step?: number;
  /** The values of a categorical parameter. */
  readonly choices?: readonly WireParamValue[];
}

/** Where a value lies between the lower bound or the first choice, 0, and the upper bound or the last choice, 1. */
export function placeInRange({ choices, low, high, log }: ParamOutline, value: WireParamValue): number {
  if (choices) return choices.length < 2 ? 0.5 : Math.max(0, choices.indexOf(value)) / (choices.length - 1);
  const scale = (number: unknown) => (log ? Math.log(Number(number)) : Number(number));
  const [first, last] = [scale(low), scale(high)];
  return last > first ? Math.min(1, Math.max(0, (scale(value) - first) / (last - first))) : 0.5;
}
