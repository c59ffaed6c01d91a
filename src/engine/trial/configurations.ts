import { configurationAt, countConfigurations, isConfiguration } from "../configurations-of-space.js";
import type { ParamValue } from "../distribution.js";
import { type Rng, SeededRng } from "../math/rng.js";
import { toLoss } from "../multi-objective/losses.js";
import { paretoFront } from "../multi-objective/non-domination.js";
import type { Sampler } from "../samplers/sampler.js";
import type { Space } from "../space.js";
import type { TrialTemplate } from "../storage.js";
import type { StudyView } from "../study/study-view.js";
import { isFeasible } from "./constraints.js";
import { waitingTrial } from "./enqueued-trial.js";
import { isTried } from "./fail-reason.js";
import { configurationKey, meanOf, REPEATS_KEY } from "./repeats.js";
import type { TrialSnapshot } from "./trial-snapshot.js";

/** A sampler is asked so often before an open configuration is drawn at random. */
const MAX_ATTEMPTS = 5;

/** What the study has of one configuration. */
interface Tally {
  readonly first: TrialSnapshot;
  readonly isInSpace: boolean;
  readonly complete: TrialSnapshot[];
  /** How many of its trials were pruned or failed. */
  ended: number;
}

interface OwnStudy extends StudyView {
  readonly sampler: Sampler;
  readonly seed: number | undefined;
}

/**
 * Which configurations of a space a study has trained, how often, and which it is to train next. It is above the samplers, which propose as
 * Optuna's do: one that proposes what needs no other training is asked again.
 */
export class Configurations {
  private readonly tallies = new Map<string, Tally>();
  private readonly added = new Set<number>();
  private readonly fixed: Readonly<Record<string, ParamValue>>;
  private readonly count: number;
  /** Each study that samplers have seen, with other random numbers. */
  private readonly otherStudies = new WeakMap<StudyView, StudyView>();
  private attempt = 0;

  /** @param repeats how often one configuration is trained. */
  constructor(
    private readonly study: OwnStudy,
    private readonly space: Space,
    readonly repeats: number,
  ) {
    this.fixed = study.sampler.fixedParams ?? {};
    // Grid and brute force know themselves what they have tried.
    this.checksProposals = Object.keys(space).length > 0 && study.sampler.isExhausted === undefined;
    const count = this.checksProposals ? countConfigurations(space, this.fixed) : Infinity;
    this.count = Number.isSafeInteger(count) ? count : Infinity;
  }

  /** Whether a trial of the study is to ask whether what it proposes is open. */
  readonly checksProposals: boolean;

  /**
   * Draws a configuration that is to be trained.
   * @param study as the sampler sees it.
   * @param ask what the sampler proposes for the trial, with the random numbers of a study.
   * @param given the parameters that the trial has whatever is proposed.
   */
  draw(
    study: StudyView,
    trial: TrialSnapshot,
    given: Readonly<Record<string, ParamValue>>,
    ask: (study: StudyView) => ReadonlyMap<string, ParamValue>,
  ): ReadonlyMap<string, ParamValue> {
    const closed = this.closed(trial.number);
    const otherStudy = this.withOtherNumbers(study);
    let proposal = ask(study);
    for (this.attempt = 1; closed.has(configurationKey(proposal)) && this.attempt < MAX_ATTEMPTS; this.attempt++)
      proposal = ask(otherStudy);
    if (!closed.has(configurationKey(proposal))) return proposal;
    return this.drawOpen(closed, given, otherStudy.rng(trial)) ?? proposal;
  }

  /** Whether every configuration of the space has been trained as often as the study wants. */
  get isExhausted(): boolean {
    if (this.count === Infinity) return false;
    this.update();
    if (this.tallies.size + this.study.getTrials(["RUNNING"]).length < this.count) return false;
    const closed = this.closed();
    let inSpace = 0;
    for (const tally of closed.values()) if (tally.isInSpace) inSpace++;
    return inSpace >= this.count;
  }

  /** What is said when a study ends because of it. */
  get whyExhausted(): string {
    const often =
      this.repeats === 1 ? "has been tried" : `has been tried ${this.repeats} times, or was pruned or failed`;
    const advice =
      this.repeats === 1 ? " If its objective is noisy, set repeats to train each more often; or widen the space." : "";
    return `Study "${this.study.name}" ends: each of the ${this.count.toLocaleString("en-US")} configurations of its space ${often}.${advice}`;
  }

  /**
   * A RUNNING trial that trains the best configuration so far again, by the mean of its values (of several objectives, one on the Pareto front
   * of the means), until that has been trained `repeats` times; undefined if it has, and while other trials wait.
   */
  nextRepeat(): TrialTemplate | undefined {
    if (this.repeats === 1 || this.study.getTrials(["WAITING"]).length > 0) return undefined;
    this.update();
    const tallies = [...this.tallies.entries()].filter(([, { complete }]) => complete.some(isFeasible));
    const means = tallies.map(([, { complete }]) => toLoss(meanOf(complete), this.study.directions));
    const isBest = paretoFront(means);
    const running = this.running();
    const wanted = tallies.find(
      ([key, { complete, ended }], i) =>
        isBest[i] && complete.length + ended + (running.get(key)?.length ?? 0) < this.repeats,
    );
    return wanted && repeatOf(wanted[1].first);
  }

  private drawOpen(
    closed: ReadonlyMap<string, Tally>,
    given: Readonly<Record<string, ParamValue>>,
    rng: Rng,
  ): ReadonlyMap<string, ParamValue> | undefined {
    if (this.count === Infinity) return undefined;
    const fixed = { ...this.fixed, ...given };
    const count = countConfigurations(this.space, fixed);
    const start = Math.floor(rng.next() * count);
    for (let i = 0; i < count; i++) {
      const params = configurationAt(this.space, (start + i) % count, fixed);
      if (!closed.has(configurationKey(params))) return params;
    }
    return undefined;
  }

  /** The configurations that need no other training, by key. */
  private closed(except?: number): ReadonlyMap<string, Tally> {
    this.update();
    const running = this.running(except);
    const closed = new Map<string, Tally>();
    for (const [key, tally] of this.tallies)
      if (tally.ended > 0 || tally.complete.length + (running.get(key)?.length ?? 0) >= this.repeats)
        closed.set(key, tally);
    for (const [key, trials] of running)
      if (!closed.has(key) && trials.length >= this.repeats) closed.set(key, this.tallyOf(trials[0]!));
    return closed;
  }

  private running(except?: number): ReadonlyMap<string, readonly TrialSnapshot[]> {
    const running = new Map<string, TrialSnapshot[]>();
    for (const trial of this.study.getTrials(["RUNNING"])) {
      if (trial.number === except || Object.keys(trial.params).length === 0) continue;
      const key = configurationKey(trial.params);
      running.set(key, [...(running.get(key) ?? []), trial]);
    }
    return running;
  }

  private update(): void {
    const trials = this.study.getTrials();
    for (const trial of trials) {
      if (this.added.has(trial.number) || trial.state === "RUNNING" || trial.state === "WAITING") continue;
      this.added.add(trial.number);
      if (!isTried(trial) || Object.keys(trial.params).length === 0) continue;
      const key = configurationKey(trial.params);
      const tally = this.tallies.get(key) ?? this.tallyOf(trial);
      this.tallies.set(key, tally);
      if (trial.state === "COMPLETE") tally.complete.push(trial);
      else tally.ended++;
    }
  }

  private tallyOf(first: TrialSnapshot): Tally {
    return { first, isInSpace: isConfiguration(this.space, first.params, this.fixed), complete: [], ended: 0 };
  }

  private withOtherNumbers(study: StudyView): StudyView {
    const known = this.otherStudies.get(study);
    if (known) return known;
    const rng = { value: (trial: TrialSnapshot) => this.otherRng(trial) };
    const other = Object.create(study, { rng }) as StudyView;
    this.otherStudies.set(study, other);
    return other;
  }

  /** Streams of their own: those that the trial's number names gave what was proposed first. */
  private otherRng(trial: TrialSnapshot): Rng {
    const { seed } = this.study;
    const stream = 2;
    return seed === undefined ? this.study.rng(trial) : new SeededRng(seed, trial.number, stream, this.attempt);
  }
}

/** As a trial that was enqueued with these parameters, which no sampler takes for its own proposal. */
function repeatOf({ number, params, internalParams, distributions }: TrialSnapshot): TrialTemplate {
  const { systemAttrs, ...template } = waitingTrial(params);
  return {
    ...template,
    state: "RUNNING",
    internalParams,
    distributions,
    systemAttrs: { ...systemAttrs, [REPEATS_KEY]: number },
    datetimeStart: new Date(),
  };
}
