import { isConstrained, isFeasible } from "../trial/constraints.js";
import { contains, isSingle, type Distribution, type ParamValue, type SearchSpace } from "../distribution.js";
import type { TrialSnapshot, Json, TrialState } from "../trial/trial-snapshot.js";
import { cmaEs } from "./cma-es/cma-es.js";
import { defaultPopulationSize } from "./cma-es/strategy-parameters.js";
import { gaussianProcess } from "./gaussian-process/gaussian-process.js";
import { IntersectionSearchSpace } from "../intersection-search-space.js";
import { random } from "./random.js";
import type { Sampler } from "./sampler.js";
import type { StudyView } from "../study/study-view.js";
import { tpe } from "./tpe/tpe.js";

/** The study's system attribute that says which sampler proposes, from which trial on and why. */
const KEY = "tunelens:sampler";
/** Finished trials before anything is learned from them, and of how large a share of all that the study shall have they are at most. */
const STARTUP_TRIALS = 10;
const LARGEST_STARTUP_SHARE = 1 / 4;
/** So many COMPLETE trials make a Gaussian process slow, and its edge small. */
const MANY_TRIALS = 250;
/** Of more objectives, computing the hypervolume makes a Gaussian process slow. */
const MOST_OBJECTIVES = 3;

/**
 * Chooses a sampler for each trial, based on the study's finished trials:
 *
 * - the first 10 trials, or the first quarter of a study with fewer than 40 (`totalTrials`): `random`;
 * - more than three objectives, conditional parameters, or at least as many pruned as complete trials: `tpe`;
 * - else, up to 250 complete trials: `gaussianProcess`;
 * - else, if there is one objective, all parameters are numbers, there are no constraints, and fewer trials have run at once than a
 *   generation of CMA-ES has: `cmaEs`, starting from the best trial so far; otherwise `tpe`.
 *
 * When the choice changes, it is logged, and the study's system attribute `tunelens:sampler` records the sampler's name and the reason.
 */
export function auto(): Sampler {
  return new AutoSampler();
}

type Choice = "RandomSampler" | "TPESampler" | "GPSampler" | "CmaEsSampler";

/** What proposes, since which trial. */
interface Pick {
  readonly name: Choice;
  readonly since: number;
  readonly sampler: Sampler;
}

interface KnownStudy {
  readonly profile: StudyProfile;
  current: Pick | undefined;
  /** By number, of the trials that run: a trial keeps its sampler to its end. */
  readonly ofTrial: Map<number, Sampler>;
}

class AutoSampler implements Sampler {
  readonly name = "AutoSampler";
  private readonly studies = new WeakMap<StudyView, KnownStudy>();
  private readonly shared: Readonly<Record<Exclude<Choice, "CmaEsSampler">, Sampler>> = {
    RandomSampler: random(),
    TPESampler: tpe({ startupTrials: 0 }),
    GPSampler: gaussianProcess({ startupTrials: 0 }),
  };

  relativeSpace(study: StudyView, trial: TrialSnapshot): SearchSpace {
    return this.samplerOf(study, trial).relativeSpace(study, trial);
  }

  sampleRelative(study: StudyView, trial: TrialSnapshot, space: SearchSpace): ReadonlyMap<string, ParamValue> {
    return this.samplerOf(study, trial).sampleRelative(study, trial, space);
  }

  sampleIndependent(study: StudyView, trial: TrialSnapshot, name: string, distribution: Distribution): ParamValue {
    return this.samplerOf(study, trial).sampleIndependent(study, trial, name, distribution);
  }

  afterTrial(study: StudyView, trial: TrialSnapshot, state: TrialState, values: readonly number[] | null): void {
    const known = this.studies.get(study);
    known?.ofTrial.get(trial.number)?.afterTrial?.(study, trial, state, values);
    known?.ofTrial.delete(trial.number);
  }

  private samplerOf(study: StudyView, trial: TrialSnapshot): Sampler {
    let known = this.studies.get(study);
    if (known === undefined)
      this.studies.set(study, (known = { profile: new StudyProfile(), current: undefined, ofTrial: new Map() }));
    let sampler = known.ofTrial.get(trial.number);
    if (sampler === undefined) known.ofTrial.set(trial.number, (sampler = this.pick(study, trial, known)));
    return sampler;
  }

  private pick(study: StudyView, trial: TrialSnapshot, known: KnownStudy): Sampler {
    known.profile.update(study);
    const { name, reason } = choose(study, known.profile);
    if (known.current?.name === name) return known.current.sampler;
    const since = storedSince(study, name) ?? announce(study, trial, name, reason);
    const sampler =
      name === "CmaEsSampler" ? cmaEs({ x0: bestParams(study, known.profile, since) }) : this.shared[name];
    known.current = { name, since, sampler };
    return sampler;
  }
}

function choose(study: StudyView, profile: StudyProfile): { name: Choice; reason: string } {
  const { directions, totalTrials = Infinity } = study;
  const { complete, pruned, parameters, choices } = profile;
  if (complete + pruned < Math.min(STARTUP_TRIALS, Math.ceil(LARGEST_STARTUP_SHARE * totalTrials)))
    return { name: "RandomSampler", reason: "there are too few trials to learn from" };
  if (directions.length > MOST_OBJECTIVES)
    return { name: "TPESampler", reason: `there are ${directions.length} objectives` };
  if (profile.isConditional) return { name: "TPESampler", reason: "not all trials have the same parameters" };
  if (pruned >= complete) return { name: "TPESampler", reason: "most trials were pruned, and it learns from them" };
  if (complete < MANY_TRIALS)
    return { name: "GPSampler", reason: "all trials have the same parameters and there are few trials" };
  if (directions.length > 1 || choices > 0 || profile.isConstrained)
    return { name: "TPESampler", reason: "there are many trials" };
  if (profile.mostAtOnce >= defaultPopulationSize(parameters))
    return { name: "TPESampler", reason: `there are many trials, and ${profile.mostAtOnce} ran at once` };
  return { name: "CmaEsSampler", reason: "all parameters are numbers and there are many trials" };
}

/** Tells everybody of a new pick. @returns the trial from which on it is made. */
function announce(study: StudyView, { number }: TrialSnapshot, name: Choice, reason: string): number {
  study.log?.(`Study "${study.name}": using ${name} from trial ${number}, because ${reason}.`);
  study.storage.setStudySystemAttr(study.id, KEY, { name, since: number, reason });
  return number;
}

/** Since when this sampler has been the pick, where it was the last one. */
function storedSince(study: StudyView, name: Choice): number | undefined {
  const stored = study.storage.getStudy(study.id).systemAttrs[KEY];
  return isPick(stored) && stored.name === name ? stored.since : undefined;
}

function isPick(stored: Json | undefined): stored is { readonly name: string; readonly since: number } {
  if (typeof stored !== "object" || stored === null || !("name" in stored && "since" in stored)) return false;
  return typeof stored.name === "string" && typeof stored.since === "number";
}

/** The numbers of the best feasible trial before `since`, as far as they lie in their range. */
function bestParams(study: StudyView, profile: StudyProfile, since: number): Record<string, number> {
  const sign = study.directions[0] === "minimize" ? 1 : -1;
  let best: TrialSnapshot | undefined;
  for (const trial of study.getTrials(["COMPLETE"])) {
    if (trial.number >= since || !isFeasible(trial)) continue;
    if (best === undefined || sign * trial.values![0]! < sign * best.values![0]!) best = trial;
  }
  const internal = Object.entries(best?.internalParams ?? {});
  return Object.fromEntries(
    internal.filter(([name, value]) => {
      const distribution = profile.space.get(name);
      return distribution !== undefined && contains(distribution, value);
    }),
  );
}

/** What finished trials show; each is taken in once. */
class StudyProfile {
  complete = 0;
  pruned = 0;
  /** Trials that ran at the same time, as far as this process has seen. */
  mostAtOnce = 1;
  isConstrained = false;
  private readonly seen = new Set<number>();
  private readonly names = new Set<string>();
  private readonly intersection = new IntersectionSearchSpace();

  update(study: StudyView): void {
    this.mostAtOnce = Math.max(this.mostAtOnce, study.getTrials(["RUNNING"]).length);
    for (const trial of study.getTrials(["COMPLETE", "PRUNED"])) {
      if (this.seen.has(trial.number)) continue;
      this.seen.add(trial.number);
      if (trial.state === "COMPLETE") this.complete++;
      else this.pruned++;
      this.isConstrained ||= isConstrained(trial);
      for (const name in trial.distributions) if (!isSingle(trial.distributions[name]!)) this.names.add(name);
      this.intersection.add(trial);
    }
  }

  /** What all trials have, without what has but one value. */
  get space(): SearchSpace {
    return new Map([...this.intersection.space].filter(([, distribution]) => !isSingle(distribution)));
  }

  get parameters(): number {
    return this.names.size;
  }

  get choices(): number {
    return [...this.space.values()].filter(({ type }) => type === "categorical").length;
  }

  /** Some parameter is not in all trials, or not with the same range. */
  get isConditional(): boolean {
    return this.space.size < this.names.size;
  }
}
