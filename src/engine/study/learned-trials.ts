import { isValueOf, type ParamValue, toExternal, toInternal } from "../distribution.js";
import { InvalidDefinitionError } from "../errors.js";
import { isJsonObject } from "../json-value.js";
import type { Space } from "../space.js";
import type { Direction, Storage, StudyTemplate, TrialTemplate } from "../storage.js";
import { constraintAttrs, constraintValues } from "../trial/constraints.js";
import { enqueuedParams } from "../trial/enqueued-trial.js";
import { LEARNED_FROM_KEY, learnedFrom, type TrialOrigin } from "../trial/origin.js";
import { surpassedTrials, UNTIL_KEY, untilOf } from "../trial/paused.js";
import { configurationKey } from "../trial/repeats.js";
import { own, type Json, type TrialSnapshot } from "../trial/trial-snapshot.js";
import { wrongLearnFrom } from "./learn-from.js";
import { findStudyId } from "./load-study.js";

/** Why trials of an earlier study do not fit the space: a value that the parameter cannot have now, or none and no default. */
export interface Misfit {
  /** The flat name of the parameter. */
  readonly param: string;
  readonly reason: "value" | "missing";
  /** How many trials. */
  readonly trials: number;
}

/** What a study took from an earlier one when it was created. */
export interface LearnedStudy {
  /** The earlier study. */
  readonly study: string;
  /** How many of its finished trials could be taken. */
  readonly finished: number;
  /** How many were. */
  readonly taken: number;
  /** The most frequent first. A trial that does not fit for several reasons is counted for the first one. */
  readonly misfits: readonly Misfit[];
}

/** In a study: what it took from which earlier ones. */
const STUDY_KEY = "tunelens:learned-from";

/** What a study took from earlier ones when it was created; empty if nothing, or if the study does not exist. */
export function readLearned(storage: Storage, name: string): readonly LearnedStudy[] {
  const id = storage.findStudy(name);
  return id === undefined ? [] : learnedOf(storage.getStudy(id).systemAttrs);
}

/** Read field by field: another version, or another program, may have written it. */
export function learnedOf(systemAttrs: Readonly<Record<string, Json>>): readonly LearnedStudy[] {
  const attr = systemAttrs[STUDY_KEY];
  if (!Array.isArray(attr)) return [];
  return (attr as readonly Json[]).flatMap((entry) => {
    if (!isJsonObject(entry) || typeof entry["study"] !== "string") return [];
    const { study, finished, taken, misfits } = entry;
    const count = (value: Json | undefined) => (typeof value === "number" ? value : 0);
    return [
      {
        study,
        finished: count(finished),
        taken: count(taken),
        misfits: Array.isArray(misfits) ? (misfits as readonly Json[]).flatMap(misfitOf) : [],
      },
    ];
  });
}

function misfitOf(entry: Json): Misfit[] {
  if (!isJsonObject(entry)) return [];
  const { param, reason, trials } = entry;
  const isKnown =
    typeof param === "string" && typeof trials === "number" && (reason === "value" || reason === "missing");
  return isKnown ? [{ param, reason, trials }] : [];
}

/**
 * What a new study starts with: a template, and before its trials those of earlier studies that fit the space. What is queued but was
 * trained there is not queued again.
 * @throws NotFoundError if an earlier study does not exist; InvalidDefinitionError if it has other directions, or without a space.
 */
export function withLearned(
  template: StudyTemplate,
  names: readonly string[],
  study: {
    readonly name: string;
    readonly storage: Storage;
    readonly space: Space;
    readonly directions: readonly Direction[];
  },
): StudyTemplate {
  const problem = wrongLearnFrom(names, study.name, study.space);
  if (problem) throw new InvalidDefinitionError(`Study "${study.name}", learnFrom: ${problem}.`);
  const learned = new Map<string, TrialTemplate>();
  const studies = names.map((name) => learn(name, study, learned));
  const taken = [...learned.values()];
  const trained = new Set(taken.map((trial) => configurationKey(paramsOf(trial))));
  const isTrained = (trial: TrialTemplate) =>
    trained.has(configurationKey(enqueuedParams(trial) as Readonly<Record<string, ParamValue>>));
  return {
    ...template,
    systemAttrs: {
      ...template.systemAttrs,
      [STUDY_KEY]: studies.map(({ misfits, ...counts }) => ({
        ...counts,
        misfits: misfits.map((one) => ({ ...one })),
      })),
    },
    trials: [...taken, ...template.trials.filter((trial) => !isTrained(trial))],
  };
}

/** @param learned by origin: a trial that several studies have is taken once. */
function learn(
  name: string,
  study: Parameters<typeof withLearned>[2],
  learned: Map<string, TrialTemplate>,
): LearnedStudy {
  const { storage, space, directions } = study;
  const { id, directions: theirs } = storage.getStudy(findStudyId(storage, name));
  if (theirs.join() !== directions.join())
    throw new InvalidDefinitionError(
      `Study "${study.name}", learnFrom: study "${name}" has the directions ${theirs.join(", ")}, not ${directions.join(", ")}, ` +
        "so its values mean something else. Learn from a study with the same directions.",
    );
  const trials = storage.getTrials(id);
  const surpassed = new Set(surpassedTrials(trials));
  const finished = trials.filter(
    ({ number, state }) => (state === "COMPLETE" || state === "PRUNED") && !surpassed.has(number),
  );
  const misfits = new Map<string, Misfit>();
  let [counted, taken] = [0, 0];
  for (const trial of finished) {
    const origin = learnedFrom(trial) ?? { study: name, trial: trial.number };
    const originKey = JSON.stringify([origin.study, origin.trial]);
    if (learned.has(originKey)) continue;
    counted++;
    const fitted = fit(space, trial);
    if ("reason" in fitted) {
      const key = `${fitted.reason} ${fitted.param}`;
      misfits.set(key, { ...fitted, trials: (misfits.get(key)?.trials ?? 0) + 1 });
      continue;
    }
    taken++;
    learned.set(originKey, learnedTrial(trial, origin, fitted));
  }
  const byCount = [...misfits.values()].sort((a, b) => b.trials - a.trials);
  return { study: name, finished: counted, taken, misfits: byCount };
}

type Fitted = Pick<TrialTemplate, "internalParams" | "distributions">;

/** A trial's parameters in a space; or why they do not fit. */
function fit(space: Space, { params }: TrialSnapshot): Fitted | Pick<Misfit, "param" | "reason"> {
  const internalParams = new Map<string, number>();
  const distributions = new Map<string, TrialTemplate["distributions"][string]>();
  const add = (part: Space, prefix: string): Pick<Misfit, "param" | "reason"> | undefined => {
    for (const [name, spec] of Object.entries(part)) {
      const param = prefix + name;
      // What the code did before it had the parameter.
      const value = own(params, param) ?? (Object.hasOwn(params, param) ? null : spec.default);
      if (value === undefined) return { param, reason: "missing" };
      if (!isValueOf(spec.distribution, value)) return { param, reason: "value" };
      internalParams.set(param, toInternal(spec.distribution, value));
      distributions.set(param, spec.distribution);
      const misfit = spec.type === "branch" && add(spec.kinds[String(value)]!, `${param}.${String(value)}.`);
      if (misfit) return misfit;
    }
    return undefined;
  };
  return (
    add(space, "") ?? {
      internalParams: Object.fromEntries(internalParams),
      distributions: Object.fromEntries(distributions),
    }
  );
}

/**
 * Of its system attributes, only those that mean the same in another study: numbers of other trials, checkpoints, and the states of
 * samplers don't.
 */
function learnedTrial(trial: TrialSnapshot, origin: TrialOrigin, fitted: Fitted): TrialTemplate {
  const { state, values, intermediateValues, userAttrs, datetimeStart, datetimeComplete } = trial;
  const until = untilOf(trial);
  const systemAttrs = {
    ...constraintAttrs(constraintValues(trial)),
    ...(until === undefined ? {} : { [UNTIL_KEY]: until }),
    [LEARNED_FROM_KEY]: { ...origin },
  };
  return { state, values, ...fitted, intermediateValues, userAttrs, systemAttrs, datetimeStart, datetimeComplete };
}

function paramsOf({ internalParams, distributions }: Fitted): ReadonlyMap<string, ParamValue> {
  return new Map(
    Object.entries(internalParams).map(([name, internal]) => [name, toExternal(distributions[name]!, internal)]),
  );
}
