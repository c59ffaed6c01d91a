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
import type { Storage } from "../storage.js";
import { loadStudy } from "./load-study.js";
import type { Study } from "./study.js";

/** A parameter that a follow-up study holds at one value. Of a branch that it lies in, the kind is held, too. */
export interface FrozenParam {
  /** Its flat name (`optimizer.adam.learningRate` in a branch), as a stored trial has it. */
  readonly name: string;
  /** Default: what the best trial has. */
  readonly value?: ParamValue;
}

/** Where a follow-up study comes from. Kept in its system attributes. */
export interface FollowUp {
  /** The study it follows. */
  readonly from: string;
  /** The study at the beginning of the line, which a study file defines. */
  readonly root: string;
  /** What is held at which value, the kinds of the branches around it and what `from` had frozen already among them. */
  readonly frozen: Readonly<Record<string, ParamValue>>;
  /** How many trials were taken along. */
  readonly taken: number;
  /** How many finished trials it shall have, those taken along among them; null: until stopped. */
  readonly trials: number | null;
}

export interface FollowUpOptions {
  readonly storage: Storage;
  /** The study to follow. */
  readonly name: string;
  readonly freeze: readonly FrozenParam[];
  /** Default: the study's name with what is frozen, as {@link followUpName} has it, e.g. `digits-filters-32`. */
  readonly newName?: string | undefined;
  /** How many trials to run beside those taken along. Default: until stopped. */
  readonly trials?: number | undefined;
}

const FOLLOW_UP_KEY = "tunelens:follow-up";
/** In a trial that was taken along: which one it was. */
const TAKEN_FROM_KEY = "tunelens:taken-from";

/**
 * A new study in the same storage that holds some parameters of a study at a value and goes on with the others: the step after
 * importances have said which parameter dominates. The trials that have these values, COMPLETE and PRUNED, are taken along with
 * their times and intermediate values, so that sampler and pruner start from what is known.
 *
 * It is run by the code of the study at the beginning of the line: see {@link followUpDefinition}.
 * @returns the follow-up study. Where making it fails, or its process is killed, nothing of it stays.
 * @throws NotFoundError where there is no such study; DuplicateStudyError where the new name is taken; InvalidArgumentError for a
 *   parameter that no trial has, a value outside its distribution, no value where the study has no one best trial, or two values that no
 *   trial can have, a branch's kind and a parameter of another.
 */
export function createFollowUp({ storage, name, freeze, newName, trials }: FollowUpOptions): Study {
  const study = loadStudy({ storage, name });
  const before = readFollowUp(storage, name);
  const values = frozenValues(study, freeze);
  const frozen = { ...before?.frozen, ...withBranches(study, values) };
  const matching = study.getTrials(["COMPLETE", "PRUNED"]).filter((trial) => hasParams(trial, frozen));
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
    trialSystemAttrs: (number) => ({ [TAKEN_FROM_KEY]: { study: name, trial: number } }),
  });
}

/**
 * What {@link createFollowUp} calls a study where nobody says: with six digits of a number, `digits-learningRate-0.00123457`, or with all
 * of them where another study has that name.
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

/** Where a study comes from; undefined where it is no follow-up, or there is no study of this name. */
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

/** Has a follow-up study run more, or fewer, trials of its own. */
export function setFollowUpTrials(storage: Storage, name: string, trials: number): FollowUp {
  const known = readFollowUp(storage, name);
  if (!known) throw new TunelensError("no-follow-up", `Study "${name}" in ${storage.url} is no follow-up study.`);
  const followUp = { ...known, trials: known.taken + trials };
  storage.setStudySystemAttr(storage.findStudy(name)!, FOLLOW_UP_KEY, { ...followUp });
  return followUp;
}

/** The trials without the parameters that the study holds at one value: these explain nothing, and must not be weighed against the others. */
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

/** How a follow-up study is run: as its definition says, with what is frozen held and nothing enqueued. */
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
    // The study it follows has tried what its own seed gives.
    seed: definition.seed === undefined ? undefined : crc32(`${definition.seed} ${name}`),
    enqueue: [],
    loadIfExists: true,
  };
}

/** @throws InvalidArgumentError */
export function frozenValues(study: Study, freeze: readonly FrozenParam[]): Record<string, ParamValue> {
  const fail = (reason: string): never => {
    throw new InvalidArgumentError(`Study "${study.name}": ${reason}`);
  };
  if (freeze.length === 0) fail("name a parameter to freeze.");
  const trials = study.getTrials(["COMPLETE", "PRUNED"]);
  const known = new Map(trials.flatMap(({ distributions }) => Object.entries(distributions)));
  return Object.fromEntries(
    freeze.map(({ name, value }) => {
      const distribution = known.get(name);
      if (!distribution)
        return fail(
          `no finished trial has a parameter "${name}". There are: ${[...known.keys()].join(", ") || "none"}.`,
        );
      if (value === undefined) return [name, bestValue(study, name, fail)];
      if (!contains(distribution, toInternal(distribution, value)))
        return fail(`${JSON.stringify(value)} is outside the range of "${name}".`);
      return [name, value];
    }),
  );
}

/**
 * With the kind of each branch that a parameter lies in: where another was chosen, the parameter would not be there to be held.
 * @throws InvalidArgumentError where the kind is to be held at another value.
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
          `Study "${study.name}": "${name}" is there only where ${branch} is ${String(kind)}, which cannot be frozen at ` +
            `${String(values[branch])} as well.`,
        );
      held.set(branch, kind);
    }
    held.set(name, value);
  }
  return Object.fromEntries(held);
}

function bestValue(study: Study, name: string, fail: (reason: string) => never): ParamValue {
  if (study.directions.length > 1)
    fail(`it has several objectives and so no one best trial: say at which value to freeze "${name}".`);
  const { number, params } = study.bestTrial;
  if (!Object.hasOwn(params, name))
    fail(`its best trial, ${number}, has no parameter "${name}": say at which value to freeze it.`);
  return params[name]!;
}

function hasParams({ params }: Pick<TrialSnapshot, "params">, frozen: Readonly<Record<string, ParamValue>>): boolean {
  return Object.entries(frozen).every(([name, value]) => Object.hasOwn(params, name) && params[name] === value);
}
