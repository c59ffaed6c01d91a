/** The base class of Tunelens's errors. Each has a stable code and a message that says what is wrong, where, and what to do. */
export class TunelensError extends Error {
  override readonly name: string = "TunelensError";
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A storage failed. This is never the objective's error, even if it is thrown in the middle of one. */
export abstract class StorageFailure extends TunelensError {}

/** An invalid distribution: an empty range, a log range that reaches 0, no choices. */
export class InvalidDistributionError extends TunelensError {
  override readonly name = "InvalidDistributionError";
  constructor(message: string) {
    super("invalid-distribution", message);
  }
}

/** A parameter whose class, `log`, or choices differ from those that the study already has under its name. */
export class IncompatibleDistributionError extends TunelensError {
  override readonly name = "IncompatibleDistributionError";
  constructor(message: string) {
    super("incompatible-distribution", message);
  }
}

/** An invalid option or argument. The message names it, its value, and what is allowed. */
export class InvalidArgumentError extends TunelensError {
  override readonly name = "InvalidArgumentError";
  constructor(message: string) {
    super("invalid-argument", message);
  }
}

/** The name of a new study is taken. Code `duplicate-study`. */
export class DuplicateStudyError extends TunelensError {
  override readonly name = "DuplicateStudyError";
  constructor(studyName: string, where: string) {
    super(
      "duplicate-study",
      `Study "${studyName}" already exists in ${where}. Choose another name, or resume it (loadIfExists: true).`,
    );
  }
}

/** No such study or trial. Code `study-not-found`, `trial-not-found` or `study-deleted`. */
export class NotFoundError extends TunelensError {
  override readonly name = "NotFoundError";
}

/** A write to a trial that is COMPLETE, PRUNED or FAIL. */
export class TrialFinishedError extends TunelensError {
  override readonly name = "TrialFinishedError";
  constructor(
    readonly trialNumber: number,
    state: string,
  ) {
    super("trial-finished", `Trial ${trialNumber} is ${state} and can no longer change.`);
  }
}

/**
 * An objective throws this to end its trial as PRUNED. The last reported value becomes the trial's value.
 */
export class TrialPruned extends Error {
  override readonly name = "TrialPruned";
  constructor(message = "The trial was pruned.") {
    super(message);
  }
}

/** An invalid definition of a study, a space, or an enqueued trial. Thrown when it is defined, before anything runs. */
export class InvalidDefinitionError extends TunelensError {
  override readonly name = "InvalidDefinitionError";
  constructor(message: string) {
    super("invalid-definition", message);
  }
}

/** The result of an objective, or the values passed to `tell`, are not one number per direction. */
export class InvalidValuesError extends TunelensError {
  override readonly name = "InvalidValuesError";
  constructor(message: string) {
    super("invalid-values", message);
  }
}
