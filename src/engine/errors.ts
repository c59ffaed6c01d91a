/** Every error a user can meet has a code that stays, a sentence that says what is wrong and where, and what to do. */
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

/** What keeps a storage from being used as asked. It is never the objective's error, even where it is thrown in the middle of it. */
export abstract class StorageFailure extends TunelensError {}

/** A distribution that cannot be: an empty range, a log range that reaches 0, no choices. */
export class InvalidDistributionError extends TunelensError {
  override readonly name = "InvalidDistributionError";
  constructor(message: string) {
    super("invalid-distribution", message);
  }
}

/** A parameter whose class, `log` or choices differ from what the study already has under its name. */
export class IncompatibleDistributionError extends TunelensError {
  override readonly name = "IncompatibleDistributionError";
  constructor(message: string) {
    super("incompatible-distribution", message);
  }
}

/** An option or argument outside what it may be; the message names it, the value and the range. */
export class InvalidArgumentError extends TunelensError {
  override readonly name = "InvalidArgumentError";
  constructor(message: string) {
    super("invalid-argument", message);
  }
}

export class DuplicateStudyError extends TunelensError {
  override readonly name = "DuplicateStudyError";
  constructor(studyName: string, where: string) {
    super(
      "duplicate-study",
      `Study "${studyName}" is already in ${where}. Choose another name, or resume it (loadIfExists: true).`,
    );
  }
}

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
    super("trial-finished", `Trial ${trialNumber} is ${state} and cannot change any more.`);
  }
}

/**
 * Thrown out of an objective to end its trial as PRUNED. The last reported value becomes the trial's value.
 */
export class TrialPruned extends Error {
  override readonly name = "TrialPruned";
  constructor(message = "Trial was pruned.") {
    super(message);
  }
}

/** A study, a space or an enqueued trial that says something that cannot be; found when it is defined, before anything runs. */
export class InvalidDefinitionError extends TunelensError {
  override readonly name = "InvalidDefinitionError";
  constructor(message: string) {
    super("invalid-definition", message);
  }
}

/** An objective's result, or what `tell` was given, is not one number per direction. */
export class InvalidValuesError extends TunelensError {
  override readonly name = "InvalidValuesError";
  constructor(message: string) {
    super("invalid-values", message);
  }
}
