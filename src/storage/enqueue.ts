import { describe, type Distribution, isValueOf, type ParamValue } from "../engine/distribution.js";
import { InvalidArgumentError } from "../engine/errors.js";
import { followUpOf } from "../engine/study/follow-up.js";
import { loadStudy } from "../engine/study/load-study.js";
import type { Study } from "../engine/study/study.js";
import type { Storage } from "../engine/storage.js";
import type { EnqueueRequest } from "../protocol/trainer.js";

/**
 * Queues trials of a stored study, as Optuna's `enqueue_trial` does. Runs no user code: the study's trials say what its parameters can be.
 * Either all of them are queued or, if one is invalid, none.
 * @throws InvalidArgumentError naming a parameter that no trial has, or a value that it cannot have.
 */
export function enqueueTrials(storage: Storage, { study: name, trials }: Omit<EnqueueRequest, "storage">): void {
  const study = loadStudy({ storage, name });
  const known = new Map(study.trials.flatMap(({ distributions }) => Object.entries(distributions)));
  const frozen = followUpOf(storage.getStudy(study.id).systemAttrs)?.frozen ?? {};
  const checked = trials.map((params) => ({ ...checkedParams(study, known, frozen, params), ...frozen }));
  for (const params of checked) study.enqueueTrial(params);
}

function checkedParams(
  study: Study,
  known: ReadonlyMap<string, Distribution>,
  frozen: Readonly<Record<string, ParamValue>>,
  params: EnqueueRequest["trials"][number],
): Record<string, ParamValue> {
  const fail = (reason: string): never => {
    throw new InvalidArgumentError(`Study "${study.name}": ${reason}`);
  };
  const entries = Object.entries(params).map(([name, value]): [string, ParamValue] => {
    const distribution = known.get(name);
    if (!distribution)
      return fail(`no trial has a parameter "${name}". The trials have: ${[...known.keys()].join(", ") || "none"}.`);
    if (Object.hasOwn(frozen, name) && frozen[name] !== value)
      fail(`"${name}" is frozen at ${JSON.stringify(frozen[name])}.`);
    if (!isValueOf(distribution, value))
      fail(`${JSON.stringify(value)} is not a value of "${name}", which is ${describe(distribution)}.`);
    return [name, value];
  });
  return Object.fromEntries(entries);
}
