import type { Clock } from "../clock.js";
import type { HeartbeatOptions } from "../heartbeat.js";
import type { NamesOf } from "../option-names.js";
import type { TrialOutcome } from "../objective.js";
import type { PruneBy } from "../pruners/several-objectives.js";
import type { Pruner } from "../pruners/pruner.js";
import type { Sampler } from "../samplers/sampler.js";
import type { Scheduler } from "../schedulers/scheduler.js";
import type { NoSpace, Space } from "../space.js";
import type { Storage } from "../storage.js";
import type { RetryOptions } from "../trial/retry.js";
import type { TrialListener } from "../trial/trial.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";

/** Receives the events of a running study. A listener must not throw. */
export interface StudyListener extends TrialListener {
  /** A trial was started, and its objective is called next. */
  trialStarted?(trial: { readonly number: number; readonly datetimeStart: Date }): void;
  /** The trial is stored; `outcome` has what storage has not: the objective's result, or what it threw. */
  trialFinished?(trial: TrialSnapshot, outcome: TrialOutcome): void;
}

/** How to run a study: the settings that its storage does not contain. */
export interface StudySettings<S extends Space = NoSpace> {
  /** Where it is kept. */
  readonly storage: Storage;
  /** Default: `auto`, which chooses a sampler based on the finished trials. */
  readonly sampler?: Sampler | undefined;
  /** Default: median, or without pruning if there is a scheduler. */
  readonly pruner?: Pruner | undefined;
  /**
   * What trials of several objectives are pruned by, which report one value for each: `rank`, or an objective's index from 0. `rank` is the
   * non-domination rank of what was reported at a step (Deb et al. 2002), for `median`, `percentile`, and `patient`. Default: they cannot be
   * pruned, as in Optuna.
   */
  readonly pruneBy?: PruneBy | undefined;
  /**
   * Pauses trials, and continues the most promising ones. It cannot be combined with a pruner. Default: each trial runs once, until it ends
   * or the pruner ends it.
   */
  readonly scheduler?: Scheduler | undefined;
  /** An integer of at least 0 that makes the trials reproducible, even when the study is stopped and resumed. Default: random. */
  readonly seed?: number | undefined;
  /** The search space, which determines `trial.params`. Without it, parameters are suggested by name. */
  readonly space?: S | undefined;
  /** Whether the direction was set instead of left to the default. Default: according to the options; true for a loaded study. */
  readonly directionGiven?: boolean | undefined;
  /** Hears what happens while it runs. Default: nobody. */
  readonly listener?: StudyListener | undefined;
  /** What tells the time. Default: the system's clock. */
  readonly clock?: Clock | undefined;
  /** How often running trials write a heartbeat, and when a trial without one counts as failed. Default: every 15 s, and after 120 s. */
  readonly heartbeat?: HeartbeatOptions | undefined;
  /**
   * How often one configuration is trained, with another seed each time; at least 1. With 1, none is trained twice: a sampler that proposes
   * one that has finished is asked again, and the study ends when its space is exhausted. With more, the configuration with the best mean
   * so far is trained again, up to this often, before another is tried. Default: as often as it is proposed, as in Optuna.
   */
  readonly repeats?: number | undefined;
  /** Retries trials whose process is gone, with the same parameters. Default: they only fail. */
  readonly retryStale?: RetryOptions | undefined;
}

export const settingNames: NamesOf<StudySettings<Space>> = {
  storage: true,
  sampler: true,
  pruner: true,
  pruneBy: true,
  scheduler: true,
  seed: true,
  space: true,
  directionGiven: true,
  listener: true,
  clock: true,
  heartbeat: true,
  repeats: true,
  retryStale: true,
};
