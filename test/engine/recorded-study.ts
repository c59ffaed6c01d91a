import type { Direction, StudySnapshot, Storage } from "../../src/engine/storage.js";
import type { TrialSnapshot, Json, TrialState } from "../../src/engine/trial/trial-snapshot.js";
import type { StudyView } from "../../src/engine/study/study-view.js";
import { SeededRng, type Rng } from "../../src/engine/math/rng.js";

/** A trial with nothing in it but what a test gives. */
export function trialSnapshot(number: number, given: Partial<TrialSnapshot> = {}): TrialSnapshot {
  return {
    id: number + 1,
    number,
    state: "COMPLETE",
    values: null,
    params: {},
    internalParams: {},
    distributions: {},
    intermediateValues: new Map(),
    userAttrs: {},
    systemAttrs: {},
    datetimeStart: new Date(1000 * number),
    datetimeComplete: new Date(1000 * number + 500),
    ...given,
  };
}

/** A study whose trials a test writes down; a pruner can read them and set their system attributes, nothing else. */
export class RecordedStudy implements StudyView {
  readonly id = 1;
  readonly directions: readonly Direction[];
  readonly storage: Storage;
  private readonly trials: TrialSnapshot[] = [];

  constructor(
    readonly name: string,
    direction: Direction,
  ) {
    this.directions = [direction];
    this.storage = new AttributeStorage((trialId, key, value) => {
      const trial = this.trials[trialId - 1]!;
      this.put({ ...trial, systemAttrs: { ...trial.systemAttrs, [key]: value } });
    });
  }

  /** Adds a trial, or replaces the one of its number. */
  put(trial: TrialSnapshot): void {
    this.trials[trial.number] = trial;
  }

  trial(number: number): TrialSnapshot {
    return this.trials[number]!;
  }

  getTrials(states?: readonly TrialState[]): readonly TrialSnapshot[] {
    return this.trials.filter(({ state }) => states === undefined || states.includes(state));
  }

  rng(trial: TrialSnapshot): Rng {
    return new SeededRng(trial.number);
  }
}

/**
 * Runs trials one after the other against a pruner, as a study does: report, ask, stop or go on.
 * @param curves the values each trial would report at steps 0, 1, …; the last is its value when it completes.
 * @returns the step at which each was pruned, `null` where it ran to its end.
 */
export function prunedSteps(
  study: RecordedStudy,
  prune: (study: StudyView, trial: TrialSnapshot) => boolean,
  curves: readonly (readonly number[])[],
): (number | null)[] {
  return curves.map((curve, number) => {
    study.put(trialSnapshot(number, { state: "RUNNING", datetimeComplete: null }));
    const finish = (state: TrialState, values: readonly number[] | null) => {
      study.put({ ...study.trial(number), state, values, datetimeComplete: new Date(1000 * number + 500) });
    };
    for (const [step, value] of curve.entries()) {
      const trial = study.trial(number);
      study.put({ ...trial, intermediateValues: new Map([...trial.intermediateValues, [step, value]]) });
      if (prune(study, study.trial(number))) {
        finish("PRUNED", [value]);
        return step;
      }
    }
    finish("COMPLETE", curve.slice(-1));
    return null;
  });
}

class AttributeStorage implements Storage {
  readonly url = "recorded";
  constructor(private readonly setAttr: (trialId: number, key: string, value: Json) => void) {}

  setTrialSystemAttr(trialId: number, key: string, value: Json): void {
    this.setAttr(trialId, key, value);
  }

  createStudy(): number {
    return unsupported();
  }
  deleteStudy(): void {
    unsupported();
  }
  findStudy(): number | undefined {
    return unsupported();
  }
  getStudy(): StudySnapshot {
    return unsupported();
  }
  getStudies(): StudySnapshot[] {
    return unsupported();
  }
  setStudyUserAttr(): void {
    unsupported();
  }
  setStudySystemAttr(): void {
    unsupported();
  }
  createTrial(): { readonly id: number; readonly number: number } {
    return unsupported();
  }
  claimWaitingTrial(): number | undefined {
    return unsupported();
  }
  startTrial(): number | undefined {
    return unsupported();
  }
  setTrialParam(): void {
    unsupported();
  }
  setTrialState(): boolean {
    return unsupported();
  }
  setTrialIntermediateValue(): void {
    unsupported();
  }
  setTrialUserAttr(): void {
    unsupported();
  }
  getTrial(): TrialSnapshot {
    return unsupported();
  }
  getTrials(): readonly TrialSnapshot[] {
    return unsupported();
  }
  recordHeartbeat(): void {
    unsupported();
  }
  getStaleTrials(): number[] {
    return unsupported();
  }
  close(): void {}
}

function unsupported(): never {
  throw new Error("A recorded study has no such part: pruners have no business there.");
}
