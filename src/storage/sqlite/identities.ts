import { NotFoundError } from "../../engine/errors.js";

/** The system attribute that tells a study from any other that ever has its id. Storages keep it for themselves. */
export const IDENTITY_KEY = "tunelens:identity";

export interface StudyMeaning {
  readonly name: string;
  /** As it is stored; null where nobody has given it one yet. */
  readonly identity: string | null;
}

export interface TrialMeaning {
  readonly studyId: number;
  readonly number: number;
}

/**
 * What ids mean that one open storage has handed out or was asked about. SQLite gives the ids of deleted rows again, and whoever holds one
 * must not go on in another study: an id means for good what it meant first.
 */
export class Identities {
  private readonly studies = new Map<number, StudyMeaning>();
  private readonly trials = new Map<number, TrialMeaning>();
  /** Written in a transaction that is not committed yet. */
  private readonly written = new Map<number, StudyMeaning>();
  /** Studies that were deleted through this very storage. */
  private readonly deleted = new Set<number>();

  constructor(private readonly where: string) {}

  /** The highest id of a study that is known. */
  get highestStudyId(): number {
    return Math.max(0, ...this.studies.keys());
  }

  /**
   * @param found what has the id now.
   * @throws NotFoundError (`study-not-found`; `study-deleted` where the id meant another study, or one that is gone).
   */
  checkStudy(studyId: number, found: StudyMeaning | undefined): StudyMeaning {
    const known = this.written.get(studyId) ?? this.studies.get(studyId);
    if (this.deleted.has(studyId) || (!known && !found)) throw studyNotFound(studyId, this.where);
    if (known && !(found && isSame(known, found))) throw studyDeleted(known.name, this.where);
    if (!this.written.has(studyId)) this.studies.set(studyId, found!);
    return found!;
  }

  /** A study that is listed: an id that is known already keeps its meaning. */
  addStudy(studyId: number, found: StudyMeaning): void {
    if (!this.studies.has(studyId)) this.studies.set(studyId, found);
  }

  /** @returns the identity that a study gets in this transaction, as it is to be stored. */
  newIdentity(studyId: number, name: string): string {
    const identity = JSON.stringify(crypto.randomUUID());
    this.written.set(studyId, { name, identity });
    return identity;
  }

  /** The transaction ended. @param committed whether what it wrote is there. */
  transactionEnded(committed: boolean): void {
    if (committed) for (const [studyId, study] of this.written) this.studies.set(studyId, study);
    this.written.clear();
  }

  studyDeleted(studyId: number): void {
    this.deleted.add(studyId);
  }

  addTrial(trialId: number, trial: TrialMeaning): void {
    this.trials.set(trialId, trial);
  }

  /**
   * @param found what has the id now. @param ownerId the study that is known to have the trial.
   * @throws NotFoundError (`trial-not-found`; `study-deleted` where the id meant a trial that is gone, with its study).
   */
  checkTrial(trialId: number, found: TrialMeaning | undefined, ownerId: number | undefined): TrialMeaning {
    const known = this.trials.get(trialId);
    const studyId = known?.studyId ?? ownerId;
    const study = studyId === undefined || this.deleted.has(studyId) ? undefined : this.studies.get(studyId);
    const isOther = studyId !== undefined && found !== undefined && !isSameTrial(known, studyId, found);
    if (study && (!found || isOther)) throw studyDeleted(study.name, this.where);
    if (!found || isOther) throw trialNotFound(trialId, this.where);
    if (!known) this.trials.set(trialId, found);
    return found;
  }
}

function isSame(known: StudyMeaning, found: StudyMeaning): boolean {
  return known.name === found.name && (known.identity === null || known.identity === found.identity);
}

function isSameTrial(known: TrialMeaning | undefined, studyId: number, found: TrialMeaning): boolean {
  if (found.studyId !== studyId) return false;
  // Its start tells nothing: Optuna's claim of a trial that waits is not atomic, and starts one anew that somebody has.
  return !known || known.number === found.number;
}

export function studyNotFound(studyId: number, where: string): NotFoundError {
  return new NotFoundError(
    "study-not-found",
    `${where} has no study with the ID ${studyId}. It may have been deleted.`,
  );
}

export function trialNotFound(trialId: number, where: string): NotFoundError {
  return new NotFoundError(
    "trial-not-found",
    `${where} has no trial with the ID ${trialId}. Its study may have been deleted.`,
  );
}

function studyDeleted(name: string, where: string): NotFoundError {
  return new NotFoundError(
    "study-deleted",
    `Another program deleted study "${name}" from ${where} while it was in use. Nothing more was written, ` +
      "not even to a study that now has its ID. Start it again to run it from scratch.",
  );
}
