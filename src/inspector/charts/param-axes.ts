import type { Distribution, ParamValue } from "../../engine/distribution.js";
import { pedAnova } from "../../engine/importance/ped-anova.js";
import { withoutFrozen } from "../../engine/study/follow-up.js";
import type { Direction } from "../../engine/storage.js";
import { own, type TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import { isFeasible } from "../../engine/trial/constraints.js";
import type { AxisRange, ParamAxis, ParamTrials } from "../../protocol/charts.js";
import { toWire, type WireParamValue } from "../../protocol/wire.js";
import type { ChartSource } from "./chart-maker.js";
import { evenly } from "./evenly.js";
import { directionOf } from "./objective.js";
import { finiteTrials, sampleTrials, type ValuedTrial } from "./shown-trials.js";

/** How much room a range leaves at both ends. */
const PADDING = 0.05;
/** So many trials say which parameters matter most. */
const MAX_RANKED = 5_000;

/** A chart's trials, the best of them first or last by `direction`, and those of them that are shown. */
interface Shown {
  readonly all: readonly ValuedTrial[];
  readonly shown: readonly ValuedTrial[];
  readonly direction: Direction;
}

/**
 * What all charts of trials by their parameters have in common, beside the axes.
 * @param valueTrials gives the trials that such a chart shows, with what they are compared by.
 */
export function paramTrials(
  source: ChartSource,
  { all, shown, direction }: Shown,
  valueTrials: (trials: readonly TrialSnapshot[]) => readonly ValuedTrial[],
): Omit<ParamTrials, "axes"> {
  return {
    params: paramsByImportance(source, direction, valueTrials),
    total: all.length,
    numbers: shown.map(({ trial }) => trial.number),
    feasible: shown.map(({ trial }) => isFeasible(trial)),
  };
}

/**
 * The trials of a chart of one objective, those of them that are shown, and what such charts have in common.
 * @param most of them that are shown.
 */
export function objectiveTrials(
  source: ChartSource,
  objective: number,
  most: number,
  valuesOf: (trials: readonly TrialSnapshot[], objective: number) => readonly ValuedTrial[] = finiteTrials,
): Shown & { readonly common: Omit<ParamTrials, "axes"> } {
  const direction = directionOf(source.study, objective);
  const valued = (trials: readonly TrialSnapshot[]) => valuesOf(trials, objective);
  const all = valued(source.trials);
  const shown = sampleTrials(all, direction, most);
  return { all, shown, direction, common: paramTrials(source, { all, shown, direction }, valued) };
}

/** What the trials have of those asked for. */
export function chosenParams(
  params: readonly string[],
  asked: readonly string[] | undefined,
  most: number,
): readonly string[] {
  return asked === undefined ? params.slice(0, most) : [...new Set(asked)].filter((name) => params.includes(name));
}

/** The two that span a plane; by default the most important one, and the next one that some trial has with it. */
export function planeParams(
  params: readonly string[],
  asked: readonly string[] | undefined,
  trials: readonly ValuedTrial[],
): readonly string[] {
  if (asked !== undefined) return chosenParams(params, asked, 2);
  const [first, ...others] = params;
  if (first === undefined) return [];
  const second = others.find((name) =>
    trials.some(({ trial }) => Object.hasOwn(trial.params, first) && Object.hasOwn(trial.params, name)),
  );
  return second === undefined ? params.slice(0, 2) : [first, second];
}

/**
 * All parameters of the study's COMPLETE trials, most important first; by name where importance says nothing. A filter does not change
 * them: axes would change places under the mouse that narrows them.
 */
function paramsByImportance(
  { study, trials, unfiltered = trials }: ChartSource,
  direction: Direction,
  valueTrials: (trials: readonly TrialSnapshot[]) => readonly ValuedTrial[],
): string[] {
  const complete = unfiltered.filter(({ state }) => state === "COMPLETE");
  const names = new Set<string>();
  for (const { params } of complete) for (const name in params) names.add(name);
  const ranked = valueTrials(evenly(complete, MAX_RANKED)).map(({ trial, value }) => ({ ...trial, values: [value] }));
  const importances = pedAnova(withoutFrozen(ranked, study.systemAttrs), [direction]);
  return [...names].sort().sort((a, b) => (importances.get(b) ?? 0) - (importances.get(a) ?? 0));
}

/** A parameter's distribution in the first trial that has it: what Optuna's plots go by. */
export function firstDistribution(trials: readonly ValuedTrial[], name: string): Distribution | undefined {
  for (const { trial } of trials) {
    const distribution = own(trial.distributions, name);
    if (distribution !== undefined) return distribution;
  }
  return undefined;
}

/** Whether the choices of a categorical parameter are numbers, too. */
export function isNumeric(distribution: Distribution): boolean {
  return distribution.type !== "categorical" || distribution.choices.every((choice) => typeof choice === "number");
}

function isLog(distribution: Distribution): boolean {
  return distribution.type !== "categorical" && distribution.log;
}

/** The axis of a parameter with numbers. @param rangeOf makes of the lowest and the highest what the axis shows. */
export function numericAxis(
  name: string,
  distribution: Distribution,
  all: readonly ValuedTrial[],
  shown: readonly ValuedTrial[],
  rangeOf: (low: number, high: number, log: boolean) => AxisRange,
): ParamAxis {
  const log = isLog(distribution);
  const valueOf = ({ trial }: ValuedTrial) => numberOf(trial, name, log);
  let [low, high] = [Infinity, -Infinity];
  for (const trial of all) {
    const value = valueOf(trial);
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return {
    name,
    scale: log ? "log" : "linear",
    choices: [],
    range: low > high ? [0, 0] : rangeOf(low, high, log),
    values: shown.map(valueOf),
  };
}

/** A number outside its range may be stored: none that an axis cannot show. */
function numberOf(trial: TrialSnapshot, name: string, log: boolean): number | null {
  const value = own(trial.params, name);
  return typeof value === "number" && Number.isFinite(value) && (!log || value > 0) ? value : null;
}

/** Choices that Python takes for the same have the same key. */
export function categoryAxis(
  name: string,
  choices: readonly ParamValue[],
  shown: readonly ValuedTrial[],
  keyOf: (choice: ParamValue) => ParamValue,
): ParamAxis {
  const places = new Map(choices.map((choice, place) => [keyOf(choice), place]));
  return {
    name,
    scale: "category",
    choices: choices.map(toWireParam),
    range: padded(0, choices.length - 1, false),
    values: shown.map(({ trial }) => {
      const choice = own(trial.params, name);
      return choice === undefined ? null : (places.get(keyOf(choice)) ?? null);
    }),
  };
}

/** By key, the first of the choices that trials have. */
export function triedChoices(
  all: readonly ValuedTrial[],
  name: string,
  keyOf: (choice: ParamValue) => ParamValue,
): Map<ParamValue, ParamValue> {
  const tried = new Map<ParamValue, ParamValue>();
  for (const { trial } of all) {
    const choice = own(trial.params, name);
    if (choice === undefined) continue;
    const key = keyOf(choice);
    if (!tried.has(key)) tried.set(key, choice);
  }
  return tried;
}

/** The axis of a parameter in a plane of two, with a little room at its ends; undefined where no trial has it. */
export function planeAxis(
  name: string,
  all: readonly ValuedTrial[],
  shown: readonly ValuedTrial[],
): ParamAxis | undefined {
  const distribution = firstDistribution(all, name);
  if (distribution === undefined) return undefined;
  if (isNumeric(distribution)) return numericAxis(name, distribution, all, shown, padded);
  const tried = triedChoices(all, name, pythonText);
  const choices = [...tried].sort(([a], [b]) => (a! < b! ? -1 : 1)).map(([, choice]) => choice);
  return categoryAxis(name, choices, shown, pythonText);
}

/** A range with room at both ends, on a logarithmic axis in its own measure. */
export function padded(low: number, high: number, log: boolean): AxisRange {
  if (!log) return [low - (high - low) * PADDING, high + (high - low) * PADDING];
  const [from, to] = [Math.log10(low), Math.log10(high)];
  return [10 ** (from - (to - from) * PADDING), 10 ** (to + (to - from) * PADDING)];
}

/** A choice as Python's `str` writes it. */
function pythonText(choice: ParamValue): string {
  if (choice === null) return "None";
  return typeof choice === "boolean" ? (choice ? "True" : "False") : String(choice);
}

function toWireParam(value: ParamValue): WireParamValue {
  return typeof value === "number" ? toWire(value) : value;
}
