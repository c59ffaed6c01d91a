import type { ParamValue } from "../distribution.js";
import type { Sampler } from "./sampler.js";

/**
 * Holds some parameters at a value and leaves the others to another sampler: to go on with a study whose one parameter is
 * settled. Optuna's `PartialFixedSampler`.
 *
 * A value outside a parameter's range is tried all the same; one that is no value of it (no choice, no number) fails the trial.
 * @param fixedParams by flat name (`optimizer.adam.beta1` in a branch), as a stored trial has them.
 * @param base samples what is not fixed.
 */
export function partiallyFixed(fixedParams: Readonly<Record<string, ParamValue>>, base: Sampler): Sampler {
  const isFixed = (name: string) => Object.hasOwn(fixedParams, name);
  return {
    name: "PartialFixedSampler",
    relativeSpace: (study, trial) => new Map([...base.relativeSpace(study, trial)].filter(([name]) => !isFixed(name))),
    sampleRelative: (study, trial, space) => base.sampleRelative(study, trial, space),
    sampleIndependent: (study, trial, name, distribution) =>
      isFixed(name) ? fixedParams[name]! : base.sampleIndependent(study, trial, name, distribution),
    isExhausted: (study) => base.isExhausted?.(study) ?? false,
    beforeTrial: (study, trial) => base.beforeTrial?.(study, trial),
    afterTrial: (study, trial, state, values) => base.afterTrial?.(study, trial, state, values),
  };
}
