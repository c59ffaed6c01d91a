import type { ParamValue } from "../distribution.js";
import type { StudyView } from "../study/study-view.js";
import type { Sampler } from "./sampler.js";

/**
 * Holds some parameters at fixed values and leaves the others to another sampler. Optuna's `PartialFixedSampler`.
 *
 * A value outside a parameter's range is tried anyway; one that the parameter cannot have (not a choice, not a number) fails the trial.
 * @param fixedParams by flat name (`optimizer.adam.beta1` in a branch), as stored with trials.
 * @param base samples the other parameters.
 */
export function partiallyFixed(fixedParams: Readonly<Record<string, ParamValue>>, base: Sampler): Sampler {
  const isFixed = (name: string) => Object.hasOwn(fixedParams, name);
  return {
    name: "PartialFixedSampler",
    fixedParams,
    relativeSpace: (study, trial) => new Map([...base.relativeSpace(study, trial)].filter(([name]) => !isFixed(name))),
    sampleRelative: (study, trial, space) => base.sampleRelative(study, trial, space),
    sampleIndependent: (study, trial, name, distribution) =>
      isFixed(name) ? fixedParams[name]! : base.sampleIndependent(study, trial, name, distribution),
    ...(base.isExhausted && { isExhausted: (study: StudyView) => base.isExhausted!(study) }),
    beforeTrial: (study, trial) => base.beforeTrial?.(study, trial),
    afterTrial: (study, trial, state, values) => base.afterTrial?.(study, trial, state, values),
  };
}
