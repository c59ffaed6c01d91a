import { SeededRng, type Rng } from "../math/rng.js";

/** What a forest learns from: one value per sample. */
export interface Feature {
  readonly values: ArrayLike<number>;
  /** How many choices a categorical feature has, whose values are then 0 … choices − 1; `null` for a numeric one. */
  readonly choices: number | null;
}

/** A binary tree as parallel arrays over its nodes; node 0 is the root. */
export interface RegressionTree {
  /** The feature a node splits on; −1 for a leaf. */
  readonly feature: Int32Array;
  /**
   * Where. Numeric: the left child has the values up to and including this one. Categorical: the right child has this
   * choice, the left one all others; so that below a right child its feature is constant and never splits again.
   */
  readonly split: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** The mean target of a node's samples. */
  readonly value: Float64Array;
}

/** A tree of a forest; it also knows how many samples each node had, one drawn twice counting twice. */
export interface GrownTree extends RegressionTree {
  readonly weight: Float64Array;
}

export interface ForestOptions {
  /** Default 64. */
  readonly trees?: number;
  /** Splits from the root to a leaf, at most. Default 64. */
  readonly maxDepth?: number;
  readonly seed: number;
}

/**
 * Random forest (Breiman 2001) for regression in the form of scikit-learn's `RandomForestRegressor` with its defaults,
 * categorical features one-hot encoded: bootstrap samples, squared error, every feature tried at every split, leaves
 * down to one sample.
 *
 * Each tree sorts nothing: the samples are sorted once by every feature, and every split keeps the order (SLIQ; Mehta
 * et al. 1996). One-hot columns are never built; a pass over the samples scores all choices of a feature.
 * @param targets one per sample.
 */
export function growForest(
  features: readonly Feature[],
  targets: Float64Array,
  { trees = 64, maxDepth = 64, seed }: ForestOptions,
): GrownTree[] {
  const grower = new TreeGrower(features, targets, maxDepth);
  return Array.from({ length: trees }, (_, tree) => grower.grow(new SeededRng(seed, tree)));
}

/** Values closer than this, as 32-bit floats, are not told apart. */
const FEATURE_THRESHOLD = Math.fround(1e-7);
/** A node whose targets vary no more than this is a leaf. */
const MIN_IMPURITY = Number.EPSILON;

interface Split {
  feature: number;
  at: number;
  /** Higher is better: Σ over both sides of (weighted sum)² / weight. */
  score: number;
  /** How many splits of this score there were; each is equally likely to be the one kept. */
  ties: number;
}

/**
 * A node still to be looked at: its samples, rows[start … end − 1], and, once looked at, their weight and weighted sum.
 */
interface Part {
  readonly node: number;
  readonly depth: number;
  readonly start: number;
  readonly end: number;
  weight: number;
  sum: number;
}

class TreeGrower {
  private readonly sampleCount: number;
  private readonly columns: readonly Float32Array[];
  /** By feature: the samples in order of its values; empty for a categorical feature. */
  private readonly sorted: readonly Int32Array[];
  /** By numeric feature: the samples that are in the tree, each node's together and in order. */
  private readonly numericRows: readonly { feature: number; row: Int32Array }[];
  private readonly categorical: readonly number[];
  /** Each node's samples together: one of the above, or a row of its own where no feature is numeric. */
  private readonly members: Int32Array;
  private readonly rows: readonly Int32Array[];

  /** By sample: how often the bootstrap drew it, and that times its target. */
  private readonly weight: Float64Array;
  private readonly weighted: Float64Array;
  private readonly goesLeft: Uint8Array;
  private readonly spare: Int32Array;
  /** By choice: sums over a node's samples. All 0 between uses. */
  private readonly choiceWeight: Float64Array;
  private readonly choiceSum: Float64Array;
  private best: Split = { feature: -1, at: 0, score: -Infinity, ties: 0 };

  constructor(
    private readonly features: readonly Feature[],
    private readonly targets: Float64Array,
    private readonly maxDepth: number,
  ) {
    const n = (this.sampleCount = targets.length);
    this.columns = features.map(({ values }) => Float32Array.from(values));
    this.sorted = features.map(({ choices }, f) => (choices === null ? argsort(this.columns[f]!) : new Int32Array()));
    this.numericRows = features.flatMap(({ choices }, feature) =>
      choices === null ? [{ feature, row: new Int32Array(n) }] : [],
    );
    this.categorical = features.flatMap(({ choices }, feature) => (choices === null ? [] : [feature]));
    this.members = this.numericRows[0]?.row ?? new Int32Array(n);
    this.rows = this.numericRows.length > 0 ? this.numericRows.map(({ row }) => row) : [this.members];
    this.weight = new Float64Array(n);
    this.weighted = new Float64Array(n);
    this.goesLeft = new Uint8Array(n);
    this.spare = new Int32Array(n);
    const mostChoices = Math.max(0, ...features.map(({ choices }) => choices ?? 0));
    this.choiceWeight = new Float64Array(mostChoices);
    this.choiceSum = new Float64Array(mostChoices);
  }

  grow(rng: Rng): GrownTree {
    const count = this.bootstrap(rng);
    const nodes = new NodeList(2 * count - 1);
    const pending: Part[] = [{ node: nodes.add(), depth: 0, start: 0, end: count, weight: 0, sum: 0 }];
    for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
      if (!this.findSplit(part, nodes, rng)) continue;
      const { feature, at } = this.best;
      const middle = this.partition(part, feature, at);
      const [left, right] = [nodes.add(), nodes.add()];
      nodes.setSplit(part.node, feature, at, left, right);
      const child = { depth: part.depth + 1, weight: 0, sum: 0 };
      pending.push({ ...child, node: right, start: middle, end: part.end });
      pending.push({ ...child, node: left, start: part.start, end: middle });
    }
    return nodes.toTree();
  }

  /** Draws as many samples as there are, with replacement. @returns how many different ones. */
  private bootstrap(rng: Rng): number {
    const { weight, sampleCount } = this;
    weight.fill(0);
    for (let draw = 0; draw < sampleCount; draw++) weight[Math.floor(rng.next() * sampleCount)]!++;
    for (let i = 0; i < sampleCount; i++) this.weighted[i] = weight[i]! * this.targets[i]!;
    let count = 0;
    if (this.numericRows.length === 0)
      for (let i = 0; i < sampleCount; i++) if (weight[i]! > 0) this.members[count++] = i;
    for (const { feature, row } of this.numericRows) {
      count = 0;
      for (const i of this.sorted[feature]!) if (weight[i]! > 0) row[count++] = i;
    }
    return count;
  }

  /** Sets the node's sums and value and looks for its best split. @returns whether there is one, in `best`. */
  private findSplit(part: Part, nodes: NodeList, rng: Rng): boolean {
    const { members, weight, weighted, targets } = this;
    const { start, end, depth } = part;
    let squares = 0;
    for (let p = start; p < end; p++) {
      const i = members[p]!;
      part.weight += weight[i]!;
      part.sum += weighted[i]!;
      squares += weighted[i]! * targets[i]!;
    }
    const mean = part.sum / part.weight;
    nodes.setSamples(part.node, mean, part.weight);
    if (depth >= this.maxDepth || end - start < 2 || squares / part.weight - mean ** 2 <= MIN_IMPURITY) return false;
    this.best = { feature: -1, at: 0, score: -Infinity, ties: 0 };
    for (const { feature, row } of this.numericRows) this.scanNumeric(feature, row, part, rng);
    for (const feature of this.categorical) this.scanCategorical(feature, part, rng);
    return this.best.feature >= 0;
  }

  private scanNumeric(feature: number, row: Int32Array, part: Part, rng: Rng): void {
    const { weight, weighted } = this;
    const { start, end, weight: total, sum } = part;
    const column = this.columns[feature]!;
    let value = column[row[start]!]!;
    if (column[row[end - 1]!]! <= Math.fround(value + FEATURE_THRESHOLD)) return;
    let [leftWeight, leftSum, bestScore, bestAt] = [0, 0, -Infinity, 0];
    for (let p = start; p < end - 1; p++) {
      const i = row[p]!;
      leftWeight += weight[i]!;
      leftSum += weighted[i]!;
      const next = column[row[p + 1]!]!;
      if (next > Math.fround(value + FEATURE_THRESHOLD)) {
        const rightSum = sum - leftSum;
        const score = (leftSum * leftSum) / leftWeight + (rightSum * rightSum) / (total - leftWeight);
        if (score > bestScore) {
          bestScore = score;
          bestAt = value / 2 + next / 2;
        }
      }
      value = next;
    }
    if (bestScore >= this.best.score) this.offer(feature, bestAt, bestScore, rng);
  }

  private scanCategorical(feature: number, part: Part, rng: Rng): void {
    const { members, weight, weighted, choiceWeight, choiceSum } = this;
    const { start, end, weight: total, sum } = part;
    const column = this.columns[feature]!;
    for (let p = start; p < end; p++) {
      const i = members[p]!;
      choiceWeight[column[i]!]! += weight[i]!;
      choiceSum[column[i]!]! += weighted[i]!;
    }
    for (let p = start; p < end; p++) {
      const choice = column[members[p]!]!;
      const [rightWeight, rightSum] = [choiceWeight[choice]!, choiceSum[choice]!];
      if (rightWeight === 0) continue;
      choiceWeight[choice] = choiceSum[choice] = 0;
      if (rightWeight === total) return;
      const leftSum = sum - rightSum;
      const score = (leftSum * leftSum) / (total - rightWeight) + (rightSum * rightSum) / rightWeight;
      if (score >= this.best.score) this.offer(feature, choice, score, rng);
    }
  }

  /** Keeps a split that is better than the best so far, or as good and lucky. */
  private offer(feature: number, at: number, score: number, rng: Rng): void {
    if (score === -Infinity) return;
    const ties = score > this.best.score ? 1 : this.best.ties + 1;
    if (ties === 1 || rng.next() * ties < 1) this.best = { feature, at, score, ties };
    else this.best.ties = ties;
  }

  /**
   * Moves a node's samples that go left before those that go right, in every row and in order.
   * @returns where the right begin.
   */
  private partition({ start, end }: Part, feature: number, at: number): number {
    const { members, goesLeft, spare } = this;
    const column = this.columns[feature]!;
    const isCategorical = this.features[feature]!.choices !== null;
    for (let p = start; p < end; p++) {
      const i = members[p]!;
      goesLeft[i] = Number(isCategorical ? column[i]! !== at : column[i]! <= at);
    }
    let middle = start;
    for (const row of this.rows) {
      middle = start;
      let kept = 0;
      for (let p = start; p < end; p++) {
        const i = row[p]!;
        if (goesLeft[i]) row[middle++] = i;
        else spare[kept++] = i;
      }
      row.set(spare.subarray(0, kept), middle);
    }
    return middle;
  }
}

class NodeList {
  private count = 0;
  private readonly feature: Int32Array;
  private readonly split: Float64Array;
  private readonly left: Int32Array;
  private readonly right: Int32Array;
  private readonly value: Float64Array;
  private readonly weight: Float64Array;

  constructor(capacity: number) {
    this.feature = new Int32Array(capacity).fill(-1);
    this.split = new Float64Array(capacity);
    this.left = new Int32Array(capacity).fill(-1);
    this.right = new Int32Array(capacity).fill(-1);
    this.value = new Float64Array(capacity);
    this.weight = new Float64Array(capacity);
  }

  add(): number {
    return this.count++;
  }

  setSamples(node: number, mean: number, weight: number): void {
    this.value[node] = mean;
    this.weight[node] = weight;
  }

  setSplit(node: number, feature: number, at: number, left: number, right: number): void {
    this.feature[node] = feature;
    this.split[node] = at;
    this.left[node] = left;
    this.right[node] = right;
  }

  toTree(): GrownTree {
    const { count } = this;
    return {
      feature: this.feature.slice(0, count),
      split: this.split.slice(0, count),
      left: this.left.slice(0, count),
      right: this.right.slice(0, count),
      value: this.value.slice(0, count),
      weight: this.weight.slice(0, count),
    };
  }
}

function argsort(values: Float32Array): Int32Array {
  return Int32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
}
