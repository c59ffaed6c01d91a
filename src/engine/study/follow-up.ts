import { writeCopy } from "./copy-study.js";
import type { StudyDefinition } from "./define-study.js";
import { contains, toInternal, type ParamValue } from "../distribution.js";
import { InvalidArgumentError, TunelensError } from "../errors.js";
import type { TrialSnapshot, Json } from "../trial/trial-snapshot.js";
import { isJsonObject } from "../json-value.js";
import { crc32 } from "../math/crc32.js";
import { auto } from "../samplers/auto.js";
import { partiallyFixed } from "../samplers/partial-fixed.js";
import type { Space } from "../space.js";
import { LEARNED_FROM_KEY, learnedFrom, TAKEN_FROM_KEY } from "../trial/origin.js";
import { CONTINUES_KEY, continuedTrialNumber, surpassedTrials } from "../trial/paused.js";
import type { Storage } from "../storage.js";
import { loadStudy } from "./load-study.js";
import { openStudy } from "./open-study.js";
import type { Study } from "./study.js";

/** A parameter to freeze in a follow-up study. If it is inside a branch, the branch's kind is frozen too. */
export interface FrozenParam {
  /** Its flat name, as stored with trials (`optimizer.adam.learningRate` in a branch). */
  readonly name: string;
  /** Default: the best trial's value. */
  readonly value?: ParamValue;
}

/** The origin of a follow-up study. Stored in its system attributes. */
export interface FollowUp {
  /** The study that it follows. */
  readonly from: string;
  /** The first study of the chain, which a study file defines. */
  readonly root: string;
  /** The frozen parameters and their values, including the kinds of their branches and what `from` had already frozen. */
  readonly frozen: Readonly<Record<string, ParamValue>>;
  /** How many trials it started with. */
  readonly taken: number;
  /** Total number of finished trials, including those it started with; null: run until stopped. */
  readonly trials: number | null;
}

export interface FollowUpOptions {
  /** Where the study is, and the follow-up goes. */
  readonly storage: Storage;
  /** The study to follow. */
  readonly name: string;
  /** The parameters to freeze, at least one. */
  readonly freeze: readonly FrozenParam[];
  /** Default: {@link followUpName}, the study's name plus the frozen parameters, such as `digits-filters-32`. */
  readonly newName?: string | undefined;
  /** How many trials to run, in addition to those it starts with. Default: run until stopped. */
  readonly trials?: number | undefined;
}

const FOLLOW_UP_KEY = "tunelens:follow-up";

/**
 * Creates a follow-up study in the same storage: some parameters are frozen at a value, and the others are tuned further. Useful once
 * importances show which parameter dominates. It starts with the COMPLETE and PRUNED trials that have the frozen values, including their
 * times and intermediate values, so that the sampler and the pruner start from what is known.
 *
 * The code of the first study of the chain runs it: see {@link followUpDefinition}.
 * @returns the follow-up study. If creating it fails, or its process is killed, nothing of it remains.
 * @throws NotFoundError if the study does not exist; DuplicateStudyError if the new name is taken; InvalidArgumentError for a parameter
 *   that no trial has, a value outside its distribution, a missing value if the study has no single best trial, or values that no trial
 *   can have together (a branch's kind and a parameter of another kind).
 */
export function createFollowUp({ storage, name, freeze, newName, trials }: FollowUpOptions): Study {
  const study = loadStudy({ storage, name });
  const before = readFollowUp(storage, name);
  const values = frozenValues(study, freeze);
  const frozen = { ...before?.frozen, ...withBranches(study, values) };
  const { trials: all } = study;
  const surpassed = new Set(surpassedTrials(all));
  const matching = study
    .getTrials(["COMPLETE", "PRUNED"])
    .filter((trial) => !surpassed.has(trial.number) && hasParams(trial, frozen));
  const taken = matching.length;
  const followUp: FollowUp = {
    from: name,
    root: before?.root ?? name,
    frozen,
    taken,
    trials: trials === undefined ? null : taken + trials,
  };
  return writeCopy(storage, newName ?? followUpName(storage, name, values), {
    from: storage,
    studyId: study.id,
    trials: matching.map(({ number }) => number),
    systemAttrs: { [FOLLOW_UP_KEY]: { ...followUp } },
    // There, it counts as the study's own, and what it continues is not taken along.
    trialSystemAttrs: (number) => ({
      [TAKEN_FROM_KEY]: { study: name, trial: number },
      ...(learnedFrom(all[number]!) ? { [LEARNED_FROM_KEY]: null } : {}),
      ...(continuedTrialNumber(all[number]!) === undefined ? {} : { [CONTINUES_KEY]: null }),
    }),
  });
}

/**
 * The default name of a study made by {@link createFollowUp}. Numbers are shortened to six digits (`digits-learningRate-0.00123457`) unless
 * another study has that name.
 */
export function followUpName(storage: Storage, study: string, values: Readonly<Record<string, ParamValue>>): string {
  const named = (textOf: (value: ParamValue) => string) =>
    [study, ...Object.entries(values).map(([name, value]) => `${name}-${textOf(value)}`)].join("-");
  const short = named(shortValue);
  const isFree = storage.findStudy(short) === undefined;
  return isFree || hasParams({ params: readFollowUp(storage, short)?.frozen ?? {} }, values) ? short : named(String);
}

function shortValue(value: ParamValue): string {
  return String(typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value);
}

/** The origin of a follow-up study; undefined if the study is not a follow-up or does not exist. */
export function readFollowUp(storage: Storage, name: string): FollowUp | undefined {
  const id = storage.findStudy(name);
  return id === undefined ? undefined : followUpOf(storage.getStudy(id).systemAttrs);
}

/** Read field by field: another version, or another program, may have written it. */
export function followUpOf(systemAttrs: Readonly<Record<string, Json>>): FollowUp | undefined {
  const attr = systemAttrs[FOLLOW_UP_KEY];
  if (!isJsonObject(attr)) return undefined;
  const { from, root, frozen, taken, trials } = attr;
  if (typeof from !== "string" || typeof root !== "string" || !isJsonObject(frozen)) return undefined;
  return {
    from,
    root,
    frozen: frozen as Readonly<Record<string, ParamValue>>,
    taken: typeof taken === "number" ? taken : 0,
    trials: typeof trials === "number" ? trials : null,
  };
}

/** Changes how many trials of its own a follow-up study runs. */
export function setFollowUpTrials(storage: Storage, name: string, trials: number): FollowUp {
  const known = readFollowUp(storage, name);
  if (!known) throw new TunelensError("no-follow-up", `Study "${name}" in ${storage.url} is not a follow-up study.`);
  const followUp = { ...known, trials: known.taken + trials };
  storage.setStudySystemAttr(storage.findStudy(name)!, FOLLOW_UP_KEY, { ...followUp });
  return followUp;
}

/** The trials without the study's frozen parameters: these explain nothing, and must not be weighed against the others. */
export function withoutFrozen(
  trials: readonly TrialSnapshot[],
  systemAttrs: Readonly<Record<string, Json>>,
): readonly TrialSnapshot[] {
  const frozen = followUpOf(systemAttrs)?.frozen;
  if (!frozen) return trials;
  const free = <T>(values: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !Object.hasOwn(frozen, name)));
  return trials.map((trial) => ({
    ...trial,
    params: free(trial.params),
    internalParams: free(trial.internalParams),
    distributions: free(trial.distributions),
  }));
}

/** What a study continues under another name, with a space that has changed since. */
export interface ChangedSpaceOptions {
  readonly storage: Storage;
  /** The name of the new study, which no file defines. */
  readonly newName: string;
  /** The earlier studies, of which the first is followed. At least one. */
  readonly learnFrom: readonly string[];
  /** How many trials to run. Default: the definition's. */
  readonly trials?: number | undefined;
}

/**
 * Creates a study that continues earlier ones with the space that the definition has now: a follow-up in which nothing more is frozen. It
 * learns from their trials, which don't count as its own.
 * @throws DuplicateStudyError if the new name is taken; as `createStudy` with `learnFrom`.
 */
export function continueChanged(
  definition: StudyDefinition,
  { storage, newName, learnFrom, trials = definition.trials }: ChangedSpaceOptions,
): FollowUp {
  const before = readFollowUp(storage, definition.name);
  const followUp: FollowUp = {
    from: learnFrom[0]!,
    root: before?.root ?? definition.name,
    frozen: before?.frozen ?? {},
    taken: 0,
    trials: trials ?? null,
  };
  const continued = { ...definition, name: newName, learnFrom, loadIfExists: false };
  openStudy(continued, { storage, systemAttrs: { [FOLLOW_UP_KEY]: { ...followUp } } });
  return followUp;
}

/** The definition to run a follow-up study with: the original one, with the frozen parameters fixed and nothing enqueued. */
export function followUpDefinition<S extends Space>(
  definition: StudyDefinition<S>,
  name: string,
  { frozen, trials }: FollowUp,
): StudyDefinition<S> {
  const base = definition.sampler ?? auto();
  return {
    ...definition,
    name,
    sampler: { ...partiallyFixed(frozen, base), name: base.name },
    trials: trials ?? undefined,
    // The study that it follows has already tried what its own seed yields.
    seed: definition.seed === undefined ? undefined : crc32(`${definition.seed} ${name}`),
    enqueue: [],
    learnFrom: [],
    loadIfExists: true,
  };
}

/** @throws InvalidArgumentError */
export function frozenValues(study: Study, freeze: readonly FrozenParam[]): Record<string, ParamValue> {
  const fail = (reason: string): never => {
    throw new InvalidArgumentError(`Study "${study.name}": ${reason}`);
  };
  if (freeze.length === 0) fail("name at least one parameter to freeze.");
  const trials = study.getTrials(["COMPLETE", "PRUNED"]);
  const known = new Map(trials.flatMap(({ distributions }) => Object.entries(distributions)));
  return Object.fromEntries(
    freeze.map(({ name, value }) => {
      const distribution = known.get(name);
      if (!distribution)
        return fail(
          `no finished trial has a parameter "${name}". The trials have: ${[...known.keys()].join(", ") || "none"}.`,
        );
      if (value === undefined) return [name, bestValue(study, name, fail)];
      if (!contains(distribution, toInternal(distribution, value)))
        return fail(`${JSON.stringify(value)} is outside the range of "${name}".`);
      return [name, value];
    }),
  );
}

/**
 * Adds the kind of each branch that a parameter is in: with another kind, the parameter would not exist.
 * @throws InvalidArgumentError if the kind is to be frozen at another value.
 */
export function withBranches(
  study: Study,
  values: Readonly<Record<string, ParamValue>>,
): Readonly<Record<string, ParamValue>> {
  const trials = study.getTrials(["COMPLETE", "PRUNED"]);
  const held = new Map<string, ParamValue>();
  for (const [name, value] of Object.entries(values)) {
    const [first, ...others] = trials.filter(({ params }) => Object.hasOwn(params, name));
    for (const [branch, kind] of Object.entries(first?.params ?? {})) {
      // What a study without a space calls so, and has with other kinds as well, is no parameter of a branch.
      const isAround = name.startsWith(`${branch}.${String(kind)}.`) && others.every((t) => t.params[branch] === kind);
      if (!isAround) continue;
      if (Object.hasOwn(values, branch) && values[branch] !== kind)
        throw new InvalidArgumentError(
          `Study "${study.name}": "${name}" exists only if ${branch} is ${String(kind)}, so ${branch} cannot be frozen at ` +
            `${String(values[branch])}.`,
        );
      held.set(branch, kind);
    }
    held.set(name, value);
  }
  return Object.fromEntries(held);
}

function bestValue(study: Study, name: string, fail: (reason: string) => never): ParamValue {
  if (study.directions.length > 1)
    fail(`it has several objectives and therefore no single best trial. Give a value to freeze "${name}" at.`);
  const { number, params } = study.bestTrial;
  if (!Object.hasOwn(params, name))
    fail(`its best trial, ${number}, has no parameter "${name}". Give a value to freeze it at.`);
  return params[name]!;
}

function hasParams({ params }: Pick<TrialSnapshot, "params">, frozen: Readonly<Record<string, ParamValue>>): boolean {
  return Object.entries(frozen).every(([name, value]) => Object.hasOwn(params, name) && params[name] === value);
}
