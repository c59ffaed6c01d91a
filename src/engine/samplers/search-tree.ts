import { contains, countValues, internalAt, type Distribution } from "../distribution.js";
import type { TrialSnapshot } from "../trial/trial-snapshot.js";
import { InvalidArgumentError, TunelensError } from "../errors.js";
import type { Rng } from "../math/rng.js";

/** One parameter of a trial, on its way from the tree's root. */
interface Step {
  readonly name: string;
  readonly distribution: Distribution;
  /** Which of the distribution's values; `undefined` for one that is none of them, as an enqueued trial may have. */
  readonly index: number | undefined;
}

/** A point in a define-by-run space: the values suggested so far. Its children are the values of the parameter suggested next. */
export interface Node {
  /** What is suggested here; `undefined` while nobody went on, or where trials end. */
  asked: Pick<Step, "name" | "distribution"> | undefined;
  /** By index of the value; those nobody tried are missing. */
  readonly children: Map<number, Node>;
  /** How many ways on, from here, are known and not tried. A node nobody went on from is one; one where a trial ended is none. */
  untried: number;
}

/**
 * A define-by-run search space as far as trials have explored it. Finished trials are added once; what they found out about
 * the space stays.
 */
export class SearchTree {
  readonly root: Node = newNode();

  /** A trial that has ended: its last parameter leads nowhere else. Ignored where it has values that are not of the space. */
  addFinished(trial: TrialSnapshot): void {
    const path = this.walk(trial);
    const last = path?.at(-1);
    if (path && last && last.asked === undefined) change(path, -last.untried);
  }

  /** The nodes a trial has gone through, its last at the end; `undefined` where it left the space. */
  walk(trial: TrialSnapshot): Node[] | undefined {
    const path = [this.root];
    for (const step of stepsOf(trial)) {
      this.ask(path, step.name, step.distribution);
      if (step.index === undefined) return undefined;
      const { children } = path.at(-1)!;
      let child = children.get(step.index);
      if (child === undefined) children.set(step.index, (child = newNode()));
      path.push(child);
    }
    return path;
  }

  /**
   * Notes what is suggested at the end of a path.
   * @throws TunelensError code `inconsistent-space` when after the same values something else was suggested before.
   * @throws InvalidArgumentError for a continuous parameter.
   */
  ask(path: readonly Node[], name: string, distribution: Distribution): void {
    const count = countValues(distribution);
    if (count === Infinity)
      throw new InvalidArgumentError(
        `bruteForce: "${name}" is continuous, so its values cannot all be tried. Set a step.`,
      );
    const node = path.at(-1)!;
    if (node.asked === undefined) {
      node.asked = { name, distribution };
      change(path, count - node.untried);
    } else if (node.asked.name !== name || !sameValues(node.asked.distribution, distribution)) {
      throw new TunelensError(
        "inconsistent-space",
        `bruteForce: after the same values, one trial suggests "${node.asked.name}" and another suggests "${name}", or the same ` +
          "with another range. Suggestions may depend only on the values suggested before.",
      );
    }
  }
}

/** Running trials: what they are at need not be tried by others. */
export class RunningTrials {
  private readonly ends = new Set<Node>();
  private readonly taken = new Map<Node, number>();

  constructor(tree: SearchTree, trials: readonly TrialSnapshot[]) {
    const paths = trials.map((trial) => tree.walk(trial)).filter((path) => path !== undefined);
    for (const path of paths) {
      const end = path.at(-1)!;
      if (this.ends.has(end)) continue;
      this.ends.add(end);
      if (end.asked === undefined && end.untried > 0)
        for (const node of path) this.taken.set(node, (this.taken.get(node) ?? 0) + 1);
    }
  }

  /** How many ways on are neither tried nor being tried. */
  free(node: Node): number {
    return node.untried - (this.taken.get(node) ?? 0);
  }

  isAt(node: Node): boolean {
    return this.ends.has(node);
  }
}

/**
 * Draws a value to try at a node: half the weight is shared by the number of ways on behind each value, half equally among the
 * values that have any, so that neither large branches nor small ones starve. Values another trial is at come last.
 * @param open how many ways on a node has for this.
 * @returns the value's index; `undefined` where all have been tried.
 */
export function drawChild(
  node: Node,
  open: (node: Node) => number,
  running: RunningTrials,
  rng: Rng,
): number | undefined {
  const known = [...node.children].map(([index, child]) => ({ index, ways: open(child), busy: running.isAt(child) }));
  const unknown = countValues(node.asked!.distribution) - known.length;
  const ways = known.reduce((sum, child) => sum + child.ways, unknown);
  const values = known.reduce((sum, child) => sum + Number(child.ways > 0), unknown);
  if (values === 0) return undefined;
  const avoidBusy = unknown > 0 || known.some((child) => child.ways > 0 && !child.busy);
  const weigh = (count: number) => (count > 0 ? count / ways + 1 / values : 0);
  const weighted = known
    .map(({ index, ways, busy }) => ({ index, weight: busy && avoidBusy ? 0 : weigh(ways) }))
    .filter(({ weight }) => weight > 0);

  const each = weigh(1);
  let rest = rng.next() * weighted.reduce((sum, { weight }) => sum + weight, unknown * each);
  for (const { index, weight } of weighted) {
    rest -= weight;
    if (rest < 0) return index;
  }
  if (unknown === 0) return weighted.at(-1)!.index;
  return nthMissing(node.children, Math.min(Math.floor(rest / each), unknown - 1));
}

function newNode(): Node {
  return { asked: undefined, children: new Map(), untried: 1 };
}

function change(path: readonly Node[], by: number): void {
  for (const node of path) node.untried += by;
}

function stepsOf({ distributions, internalParams }: TrialSnapshot): Step[] {
  return Object.entries(distributions).map(([name, distribution]) => ({
    name,
    distribution,
    index: indexOf(distribution, internalParams[name]!),
  }));
}

function indexOf(distribution: Distribution, internal: number): number | undefined {
  if (!contains(distribution, internal)) return undefined;
  if (distribution.type === "categorical") return internal;
  const { low, step } = distribution;
  if (low === internal) return 0;
  const difference = internal - low;
  return Math.round(
    Number.isFinite(difference) ? difference / (step ?? 1) : (internal / 2 - low / 2) / ((step ?? 1) / 2),
  );
}

/** Whether two distributions have the same stored values. */
function sameValues(a: Distribution, b: Distribution): boolean {
  const count = countValues(a);
  return (
    count === countValues(b) &&
    internalAt(a, 0) === internalAt(b, 0) &&
    internalAt(a, count - 1) === internalAt(b, count - 1)
  );
}

/** The n-th whole number from 0 that is no key. */
function nthMissing(keys: ReadonlyMap<number, unknown>, n: number): number {
  let index = n;
  for (const key of [...keys.keys()].sort((a, b) => a - b)) if (key <= index) index++;
  return index;
}
