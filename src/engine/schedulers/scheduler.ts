import type { StudyView } from "../study/study-view.js";

/**
 * Decides what is trained next, and for how long: a new configuration, or a paused one further. It takes the place of a pruner, and works
 * with any sampler, which proposes the new configurations.
 *
 * To write one, look at the study's configurations with `configurationsOf(study)`, each with its learning curve and whether it is paused,
 * and return a piece of work. A trial that has reported its step `until` is told to end, and is then paused: in Optuna's terms PRUNED, with its checkpoint
 * kept. To continue it is a new trial with the same parameters and the curve so far. Where its checkpoint is gone, or its objective keeps none, it trains again from the start.
 * Several processes may ask at once: if two of them are told to continue the same trial, one of them asks again.
 *
 * A scheduler may keep caches, keyed by study, but no state that it could not restore from the study's trials.
 */
export interface Scheduler {
  /** Shown to users, such as `AshaScheduler`. */
  readonly name: string;
  /** The next piece of work of a process. Interrupted trials are continued without asking; an enqueued trial is the next new one. */
  next(study: StudyView, options: NextOptions): Work;
}

/** What may be done next. */
export interface NextOptions {
  /** Whether there may be a new configuration: the study has fewer than its `trials`, and its sampler is not exhausted. */
  readonly mayTryNew: boolean;
}

/**
 * A piece of work. Steps are those of `trial.report`, from 0; without `until`, a trial trains to its end.
 * - `try`: a new configuration.
 * - `continue`: a paused one, given the number of its last trial.
 * - `wait`: nothing until a running trial has ended. With none running, the run ends.
 * - `end`: nothing, whatever the running trials come to.
 */
export type Work =
  | { readonly try: "new"; readonly until?: number | undefined }
  | { readonly continue: number; readonly until?: number | undefined }
  | { readonly wait: true }
  | { readonly end: true };
