import {
  checkCompatible,
  contains,
  describe,
  isSingle,
  singleValue,
  toExternal,
  toInternal,
  type Distribution,
  type ParamValue,
  type SearchSpace,
} from "../distribution.js";
import { TunelensError } from "../errors.js";
import { type Space, unflattenParams } from "../space.js";
import { keepArtifact } from "../artifact.js";
import { pruneSeveral } from "../pruners/several-objectives.js";
import type { Pruner } from "../pruners/pruner.js";
import type { Sampler } from "../samplers/sampler.js";
import type { StudyView } from "../study/study-view.js";
import { SCORES_KEY } from "../terminators/cross-validation-error.js";
import { type Checkpoint, checkpointOf, noCheckpoint, TrialCheckpoint } from "./checkpoint.js";
import { constraintAttr, constraintValues } from "./constraints.js";
import { enqueuedParams } from "./enqueued-trial.js";
import type { Configurations } from "./configurations.js";
import { untilOf } from "./paused.js";
import { reportAttr, reportedValues } from "./reports.js";
import { Trial, type TrialSetup } from "./trial.js";
import { own, type Json, type TrialSnapshot } from "./trial-snapshot.js";

/** A trial of a running study: proposed by the sampler, judged by the pruner, kept in the storage. */
export class StudyTrial<Params = unknown> extends Trial<Params> {
  readonly purpose = "study";
  private readonly fixed: Readonly<Record<string, Json>>;
  /** What `Math.random` draws from while it runs where checkpoints are kept: a trial that continues this one draws the same. */
  readonly randomSeed: number | undefined;
  private readonly checkpoints: TrialCheckpoint | undefined;
  private keepsOwnCheckpoint = false;
  private askedPruner = false;
  /** What is to be suggested of the study's space. */
  private drawn: ReadonlyMap<string, ParamValue> = new Map();
  /** The last step (0-based) that a scheduler gives it for now. */
  private readonly until: number;
  private relative: { space: SearchSpace; values: ReadonlyMap<string, ParamValue> } | undefined;

  constructor(
    private readonly study: StudyView,
    readonly id: number,
    private readonly sampler: Sampler,
    private readonly pruner: Pruner,
    snapshot: TrialSnapshot,
    setup: TrialSetup,
    private readonly configurations?: Configurations,
  ) {
    super(setup);
    this.fixed = enqueuedParams(snapshot);
    for (const [step, value] of snapshot.intermediateValues) this.reported.set(step, value);
    for (const [step, values] of reportedValues(snapshot)) this.reported.set(step, values[0]!);
    for (const [key, value] of Object.entries(constraintValues(snapshot))) this.constraintsSet.set(key, value);
    for (const [name, distribution] of Object.entries(snapshot.distributions))
      this.suggested.set(name, { distribution, value: snapshot.params[name]! });
    // With as many epochs as it has, it is not paused but done.
    const until = untilOf(snapshot) ?? Infinity;
    this.until = setup.epochs !== undefined && until >= setup.epochs - 1 ? Infinity : until;
    this.randomSeed = setup.seed;
    const { checkpoints: store } = setup;
    if (store) {
      const seed = setup.seed ?? checkpointOf(snapshot)?.seed ?? Math.floor(Math.random() * 2 ** 31);
      this.randomSeed = seed;
      const { storage } = study;
      this.checkpoints = new TrialCheckpoint(store, {
        storage,
        trial: snapshot,
        seed,
        where: this.where,
        isPausing: () => this.isPausing,
      });
    }
    sampler.beforeTrial?.(study, snapshot);
  }

  override get checkpoint(): Checkpoint {
    this.keepsOwnCheckpoint = true;
    return this.checkpoints ?? noCheckpoint;
  }

  override get fitCheckpoint(): Checkpoint | undefined {
    return this.keepsOwnCheckpoint ? undefined : this.checkpoints;
  }

  /** The user stops just this trial: nobody is to continue it, even if its process has to be killed. */
  giveUpCheckpoints(): void {
    this.checkpoints?.giveUp();
  }

  /** The trial has ended. @param kept whether it may be continued. */
  endCheckpoints(kept: boolean): void {
    if (kept) this.checkpoints?.end();
    else this.checkpoints?.remove();
  }

  /** Suggests each of these parameters now. */
  suggestAll(distributions: Readonly<Record<string, Distribution>>): void {
    for (const [name, distribution] of Object.entries(distributions)) this.suggest(name, distribution);
  }

  get userAttrs(): Readonly<Record<string, Json>> {
    return this.latest().userAttrs;
  }

  protected storeUserAttr(key: string, value: Json): void {
    this.study.storage.setTrialUserAttr(this.id, key, value);
  }

  protected async storeArtifact(name: string, content: string | Uint8Array): Promise<void> {
    const { storage } = this.study;
    const register = (key: string, value: string) => storage.setTrialSystemAttr(this.id, key, value);
    const isKept = await keepArtifact(storage, this.where, { name, content }, register);
    if (!isKept && this.isFirstToWarn("artifact")) this.warn(`${storage.url} keeps no artifacts. ${name} is ignored.`);
  }

  /** Optuna's order: what was enqueued, the only value there is, what was proposed together with other parameters, a proposal alone. */
  protected choose(name: string, distribution: Distribution): ParamValue {
    const fixed = own(this.fixed, name);
    if (fixed !== undefined) return this.checkedFixed(name, fixed, distribution);
    return this.drawn.get(name) ?? this.propose(name, distribution, this.study, this.latest());
  }

  /** Draws the whole configuration before any of it is stored, so that another can take its place. */
  protected override drawSpace(space: Space): void {
    if (!this.configurations?.checksProposals) return;
    const latest = this.latest();
    const given = { ...this.fixed, ...latest.params } as Readonly<Record<string, ParamValue>>;
    this.drawn = this.configurations.draw(this.study, latest, given, (study) => {
      this.relative = undefined;
      return this.proposeSpace(space, given, study, latest);
    });
  }

  /** What would be suggested, one parameter after the other, without storing it. */
  private proposeSpace(
    space: Space,
    given: Readonly<Record<string, ParamValue>>,
    study: StudyView,
    latest: TrialSnapshot,
  ): ReadonlyMap<string, ParamValue> {
    const proposed = new Map<string, ParamValue>();
    let trial = latest;
    unflattenParams(space, (name, distribution) => {
      const internal = toInternal(distribution, own(given, name) ?? this.propose(name, distribution, study, trial));
      const value = toExternal(distribution, internal);
      proposed.set(name, value);
      trial = {
        ...trial,
        params: { ...trial.params, [name]: value },
        internalParams: { ...trial.internalParams, [name]: internal },
        distributions: { ...trial.distributions, [name]: distribution },
      };
      return value;
    });
    return proposed;
  }

  private propose(name: string, distribution: Distribution, study: StudyView, trial: TrialSnapshot): ParamValue {
    if (isSingle(distribution)) return singleValue(distribution);
    const relative = this.chooseRelative(name, distribution, study);
    return relative ?? this.sampler.sampleIndependent(study, trial, name, distribution);
  }

  protected storeParam(name: string, internal: number, distribution: Distribution): void {
    this.study.storage.setTrialParam(this.id, name, internal, distribution);
  }

  protected storeReport(step: number, values: readonly number[]): void {
    const { storage } = this.study;
    if (values.length === 1) storage.setTrialIntermediateValue(this.id, step, values[0]!);
    else storage.setTrialSystemAttr(this.id, reportAttr(step), values);
  }

  protected storeConstraint(key: string, value: number): void {
    this.study.storage.setTrialSystemAttr(this.id, constraintAttr(key), value);
  }

  protected storeScores(scores: readonly number[]): void {
    this.study.storage.setTrialSystemAttr(this.id, SCORES_KEY, [...scores]);
  }

  /** Whether the objective has called `shouldPrune`. */
  get hasAskedPruner(): boolean {
    return this.askedPruner;
  }

  protected askPruner(): boolean {
    this.askedPruner = true;
    if (this.isPausing) return true;
    if (this.pruneBy !== undefined) return pruneSeveral(this.study, this.latest(), this.pruner, this.pruneBy);
    return this.pruner.prune(this.study, this.latest());
  }

  private get isPausing(): boolean {
    return this.until < Infinity && [...this.reported.keys()].some((step) => step >= this.until);
  }

  protected isFirstToWarn(of: string): boolean {
    const { storage, id } = this.study;
    const key = `tunelens:warned:${of}`;
    if (key in storage.getStudy(id).systemAttrs) return false;
    storage.setStudySystemAttr(id, key, true);
    return true;
  }

  private latest(): TrialSnapshot {
    return this.study.storage.getTrial(this.id);
  }

  private checkedFixed(name: string, fixed: Json, distribution: Distribution): ParamValue {
    if (fixed !== null && typeof fixed === "object")
      throw new TunelensError(
        "invalid-param-value",
        `${this.where}: the enqueued value of "${name}" is not a parameter value.`,
      );
    if (!contains(distribution, toInternal(distribution, fixed)))
      this.warn(`the enqueued value ${fixed} of "${name}" is outside ${describe(distribution)}. It is used anyway.`);
    return fixed;
  }

  private chooseRelative(name: string, distribution: Distribution, study: StudyView): ParamValue | undefined {
    this.relative ??= this.sampleRelative(study);
    const value = this.relative.values.get(name);
    const proposedFor = this.relative.space.get(name);
    if (value === undefined || !proposedFor) return undefined;
    checkCompatible(name, proposedFor, distribution);
    return contains(distribution, toInternal(distribution, value)) ? value : undefined;
  }

  /** At the first suggestion that needs it, not at the trial's start: by then other processes may have finished more trials. */
  private sampleRelative(study: StudyView): { space: SearchSpace; values: ReadonlyMap<string, ParamValue> } {
    const snapshot = this.latest();
    const space = this.sampler.relativeSpace(study, snapshot);
    const values = space.size > 0 ? this.sampler.sampleRelative(study, snapshot, space) : new Map<string, ParamValue>();
    return { space, values };
  }
}
