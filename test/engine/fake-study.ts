import { toInternal } from "../../src/engine/distribution.js";
import type { Distribution, ParamValue, SearchSpace } from "../../src/engine/distribution.js";
import type { TrialSnapshot, Json, TrialState } from "../../src/engine/trial/trial-snapshot.js";
import { SeededRng } from "../../src/engine/math/rng.js";
import type { Rng } from "../../src/engine/math/rng.js";
import type { Sampler } from "../../src/engine/samplers/sampler.js";
import type { StudyView } from "../../src/engine/study/study-view.js";
import type { Direction, Storage } from "../../src/engine/storage.js";

export interface FakeTrialFields {
  readonly state?: TrialState;
  readonly values?: readonly number[] | null;
  readonly params?: Readonly<Record<string, number>>;
  readonly distributions?: Readonly<Record<string, Distribution>>;
  readonly intermediateValues?: ReadonlyMap<number, number>;
  readonly systemAttrs?: Readonly<Record<string, Json>>;
}

/** A study in an array, enough for a sampler. Snapshots are replaced, never changed, as a storage does it. */
export class FakeStudy implements StudyView {
  readonly id = 1;
  readonly name = "fake";
  readonly trials: TrialSnapshot[] = [];
  readonly storage: Storage;

  constructor(
    readonly seed: number,
    readonly directions: readonly Direction[] = ["minimize"],
  ) {
    this.storage = attributeStorage((trialId, key, value) => {
      const trial = this.trials[trialId]!;
      this.trials[trialId] = { ...trial, systemAttrs: { ...trial.systemAttrs, [key]: value } };
    });
  }

  getTrials(states?: readonly TrialState[]): readonly TrialSnapshot[] {
    return states === undefined ? this.trials : this.trials.filter(({ state }) => states.includes(state));
  }

  rng(trial: TrialSnapshot): Rng {
    return new SeededRng(this.seed, trial.number);
  }

  /** @param fields `params` in the stored representation. */
  add(fields: FakeTrialFields = {}): TrialSnapshot {
    const number = this.trials.length;
    const trial: TrialSnapshot = {
      id: number,
      number,
      state: fields.state ?? "COMPLETE",
      values: fields.values ?? null,
      params: fields.params ?? {},
      internalParams: fields.params ?? {},
      distributions: fields.distributions ?? {},
      intermediateValues: fields.intermediateValues ?? new Map(),
      userAttrs: {},
      systemAttrs: fields.systemAttrs ?? {},
      datetimeStart: null,
      datetimeComplete: null,
    };
    this.trials.push(trial);
    return trial;
  }

  /** Runs one trial as the study engine does and returns what was proposed. */
  run(sampler: Sampler, objective: (trial: FakeTrial) => number): Record<string, ParamValue> {
    const trial = this.ask(sampler);
    const value = objective(trial);
    this.tell(trial.number, value);
    return trial.params;
  }

  ask(sampler: Sampler): FakeTrial {
    return new FakeTrial(this, this.add({ state: "RUNNING" }).number, sampler);
  }

  tell(number: number, value: number): void {
    this.trials[number] = { ...this.trials[number]!, state: "COMPLETE", values: [value] };
  }
}

/** The suggesting half of a trial. */
export class FakeTrial {
  readonly params: Record<string, ParamValue> = {};
  private readonly space: SearchSpace;
  private readonly relative: ReadonlyMap<string, ParamValue>;

  constructor(
    private readonly study: FakeStudy,
    readonly number: number,
    private readonly sampler: Sampler,
  ) {
    const snapshot = study.trials[number]!;
    this.space = sampler.relativeSpace(study, snapshot);
    this.relative = this.space.size === 0 ? new Map() : sampler.sampleRelative(study, snapshot, this.space);
  }

  get relativeNames(): string[] {
    return [...this.relative.keys()];
  }

  suggest(name: string, distribution: Distribution): ParamValue {
    const snapshot = this.study.trials[this.number]!;
    const value = this.relative.get(name) ?? this.sampler.sampleIndependent(this.study, snapshot, name, distribution);
    this.params[name] = value;
    const now = this.study.trials[this.number]!;
    this.study.trials[this.number] = {
      ...now,
      params: { ...this.params },
      internalParams: { ...now.internalParams, [name]: toInternal(distribution, value) },
      distributions: { ...now.distributions, [name]: distribution },
    };
    return value;
  }

  suggestNumber(name: string, distribution: Distribution): number {
    const value = this.suggest(name, distribution);
    if (typeof value !== "number") throw new Error(`${name} is ${String(value)}, not a number`);
    return value;
  }
}

/** A storage that can set a trial's system attributes and nothing else. */
function attributeStorage(setTrialSystemAttr: Storage["setTrialSystemAttr"]): Storage {
  const unused = (): never => {
    throw new Error("the fake storage cannot do this");
  };
  return {
    url: "fake",
    createStudy: unused,
    deleteStudy: unused,
    findStudy: unused,
    getStudy: unused,
    getStudies: unused,
    setStudyUserAttr: unused,
    setStudySystemAttr: unused,
    createTrial: unused,
    claimWaitingTrial: unused,
    startTrial: unused,
    setTrialParam: unused,
    setTrialState: unused,
    setTrialIntermediateValue: unused,
    setTrialUserAttr: unused,
    setTrialSystemAttr,
    getTrial: unused,
    getTrials: unused,
    recordHeartbeat: unused,
    getStaleTrials: unused,
    close: unused,
  };
}
