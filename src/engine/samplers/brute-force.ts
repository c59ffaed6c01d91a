import { countValues, internalAt, toExternal, type Distribution, type ParamValue } from "../distribution.js";
import { isTried } from "../trial/fail-reason.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import { checkOptions } from "../option-names.js";
import type { Sampler } from "./sampler.js";
import type { StudyView } from "../study/study-view.js";
import { drawChild, RunningTrials, SearchTree, type Node } from "./search-tree.js";
import { parameterRng } from "./uniform.js";

export interface BruteForceOptions {
  /**
   * End only when every combination has finished, including those that other processes are running, which may then be tried twice.
   * Without it, a combination counts as tried when it starts; if a running trial would have led to more parameters, they are missed.
   * Default false.
   */
  readonly avoidPrematureStop?: boolean;
}

/**
 * Tries every combination of values once, in random order, and then ends the optimization. Parameters may depend on the values of
 * earlier ones: branches and define-by-run objectives are explored as they unfold. Continuous parameters need a step. Optuna's
 * `BruteForceSampler`.
 *
 * A failed trial counts as tried; one that the user stopped does not.
 */
export function bruteForce(options: BruteForceOptions = {}): Sampler {
  checkOptions<BruteForceOptions>("bruteForce", options, { avoidPrematureStop: true });
  return new BruteForceSampler(options.avoidPrematureStop ?? false);
}

class BruteForceSampler implements Sampler {
  readonly name = "BruteForceSampler";
  private readonly explored = new WeakMap<StudyView, { readonly tree: SearchTree; readonly added: Set<number> }>();

  constructor(private readonly avoidPrematureStop: boolean) {}

  relativeSpace(): ReadonlyMap<string, Distribution> {
    return new Map();
  }

  sampleRelative(): ReadonlyMap<string, ParamValue> {
    return new Map();
  }

  sampleIndependent(study: StudyView, trial: TrialSnapshot, name: string, distribution: Distribution): ParamValue {
    const { tree, running, open } = this.survey(study, trial);
    const rng = parameterRng(study, trial, name);
    const path = tree.walk(trial);
    let index: number | undefined;
    if (path !== undefined) {
      tree.ask(path, name, distribution);
      index = drawChild(path.at(-1)!, open, running, rng);
    }
    index ??= Math.floor(rng.next() * countValues(distribution));
    return toExternal(distribution, internalAt(distribution, index));
  }

  isExhausted(study: StudyView): boolean {
    const { tree, open } = this.survey(study);
    const { root } = tree;
    return root.asked === undefined ? root.untried === 0 : open(root) === 0;
  }

  /** What has been tried, and by trials other than this one is being tried. */
  private survey(study: StudyView, except?: TrialSnapshot) {
    let explored = this.explored.get(study);
    if (explored === undefined) this.explored.set(study, (explored = { tree: new SearchTree(), added: new Set() }));
    const { tree, added } = explored;
    const runningTrials: TrialSnapshot[] = [];
    for (const trial of study.getTrials()) {
      if (added.has(trial.number)) continue;
      if (trial.state === "RUNNING") {
        if (trial.number !== except?.number) runningTrials.push(trial);
      } else if (trial.state !== "WAITING") {
        if (isTried(trial) && hasSomething(trial)) tree.addFinished(trial);
        added.add(trial.number);
      }
    }
    const running = new RunningTrials(tree, runningTrials);
    const open = (node: Node) => (this.avoidPrematureStop ? node.untried : running.free(node));
    return { tree, running, open };
  }
}

/** A trial that failed before it suggested anything has tried nothing. */
function hasSomething({ state, distributions }: TrialSnapshot): boolean {
  return state !== "FAIL" || Object.keys(distributions).length > 0;
}
