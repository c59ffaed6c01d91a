import type { Clock } from "../clock.js";
import type { HeartbeatOptions } from "../heartbeat.js";
import type { NamesOf } from "../known-names.js";
import type { TrialOutcome } from "../objective.js";
import type { Pruner } from "../pruners/pruner.js";
import type { Sampler } from "../samplers/sampler.js";
import type { NoSpace, Space } from "../space.js";
import type { Storage } from "../storage.js";
import type { RetryOptions } from "../trial/retry.js";
import type { TrialListener } from "../trial/trial.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";

/** Who wants to hear what happens in a study while it runs. A listener must not throw. */
export interface StudyListener extends TrialListener {
  trialStarted?(trial: { readonly number: number; readonly datetimeStart: Date }): void;
  /** The trial is stored; `outcome` has what storage has not: the objective's result, or what it threw. */
  trialFinished?(trial: TrialSnapshot, outcome: TrialOutcome): void;
}

/** How a study works, beside what its storage knows. */
export interface StudySettings<S extends Space = NoSpace> {
  readonly storage: Storage;
  /** Default: `auto`, which picks by what the finished trials show. */
  readonly sampler?: Sampler | undefined;
  /** Default: median. */
  readonly pruner?: Pruner | undefined;
  /** A whole number from 0. With it the same trials come again, also over a resume. Default: random. */
  readonly seed?: number | undefined;
  /** What `trial.params` is made of; without it, parameters are suggested by name. */
  readonly space?: S | undefined;
  /** Whether the direction was said, rather than left to the default. Default: by the options; of a study that is loaded, true. */
  readonly directionGiven?: boolean | undefined;
  readonly listener?: StudyListener | undefined;
  readonly clock?: Clock | undefined;
  /** How its trials say that they live, and when one is given up that does not. Default: each 15 s, and after 120 s. */
  readonly heartbeat?: HeartbeatOptions | undefined;
  /** Have trials whose process ended without a word tried again, with the same parameters. Default: they only fail. */
  readonly retryStale?: RetryOptions | undefined;
}

export const settingNames: NamesOf<StudySettings<Space>> = {
  storage: true,
  sampler: true,
  pruner: true,
  seed: true,
  space: true,
  directionGiven: true,
  listener: true,
  clock: true,
  heartbeat: true,
  retryStale: true,
};
