import { InvalidArgumentError } from "../../errors.js";
import { checkOptions } from "../../option-names.js";
import type { Rng } from "../../math/rng.js";

/** Where a crossover works: numeric parameters only, logarithmic ones in natural logarithms, widened by half a step. */
export interface CrossoverContext {
  /** The range of each number of an individual. */
  readonly bounds: readonly (readonly [low: number, high: number])[];
  /** How many objectives the study has. */
  readonly objectives: number;
}

/** Combines several individuals into a new one. You can use your own wherever a built-in one works. */
export interface Crossover {
  /** Used in messages. */
  readonly name: string;
  /** Number of parents, at least 2. */
  readonly parents: number;
  /**
   * @param parents one row each, a number per bound.
   * @returns a number per bound. If one is below a continuous range, the child is drawn again with other parents.
   */
  cross(parents: readonly (readonly number[])[], rng: Rng, context: CrossoverContext): number[];
}

/**
 * Takes each parameter from either parent. Syswerda, "Uniform Crossover in Genetic Algorithms" (1989).
 * @param options `swappingProb`: the probability that a parameter is the second parent's, in [0, 1]; default 0.5.
 * @throws InvalidArgumentError
 */
export function uniformCrossover(options: { readonly swappingProb?: number } = {}): Crossover {
  checkOptions("uniformCrossover", options, { swappingProb: true });
  const { swappingProb = 0.5 } = options;
  checkProbability("uniformCrossover", "swappingProb", swappingProb);
  return {
    name: "UniformCrossover",
    parents: 2,
    cross: ([a, b], rng) => a!.map((gene, i) => (rng.next() >= swappingProb ? b![i]! : gene)),
  };
}

/**
 * Uniform over the box that the parents span, widened on each side. Eshelman and Schaffer, "Real-Coded Genetic Algorithms and
 * Interval-Schemata" (1992).
 * @param options `alpha`: the share of its width to add on each side; default 0.5.
 */
export function blxAlphaCrossover(options: { readonly alpha?: number } = {}): Crossover {
  checkOptions("blxAlphaCrossover", options, { alpha: true });
  const { alpha = 0.5 } = options;
  return {
    name: "BLXAlphaCrossover",
    parents: 2,
    cross: ([a, b], rng) =>
      a!.map((gene, i) => {
        const [least, most] = [Math.min(gene, b![i]!), Math.max(gene, b![i]!)];
        const margin = alpha * (most - least);
        const [low, high] = [least - margin, most + margin];
        return (high - low) * rng.next() + low;
      }),
  };
}

/**
 * Uniform over the simplex that the three parents span, widened from its center. Tsutsui, Yamamura, Higuchi, "Multi-parent Recombination
 * with Simplex Crossover in Real Coded Genetic Algorithms" (1999).
 * @param options `epsilon`: the widening; default √(parameters + 2).
 */
export function spxCrossover(options: { readonly epsilon?: number } = {}): Crossover {
  checkOptions("spxCrossover", options, { epsilon: true });
  const { epsilon } = options;
  return {
    name: "SPXCrossover",
    parents: 3,
    cross: (parents, rng, { bounds }) => {
      const widening = epsilon ?? Math.sqrt(bounds.length + 2);
      const draws = [rng.next(), Math.sqrt(rng.next())];
      return bounds.map((_, i) => {
        const genes = parents.map((parent) => parent[i]!);
        const center = genes.reduce((sum, gene) => sum + gene, 0) / genes.length;
        const corners = genes.map((gene) => center + widening * (gene - center));
        const walked = draws.reduce((walk, r, k) => r * (corners[k]! - corners[k + 1]! + walk), 0);
        return corners.at(-1)! + walked;
      });
    },
  };
}

export interface SbxOptions {
  /** How close children are to their parents (larger is closer), at least 0. Default 2; 20 with several objectives. */
  readonly eta?: number;
  /** The probability that the two children exchange a parameter; default 0.5. */
  readonly uniformCrossoverProb?: number;
  /** The probability that a parameter comes from a child rather than a parent, above 0; default 0.5. */
  readonly useChildGeneProb?: number;
}

/**
 * Simulated binary crossover, within the bounds. Deb and Agrawal, "Simulated Binary Crossover for Continuous Search Space" (1995).
 * @throws InvalidArgumentError
 */
export function sbxCrossover(options: SbxOptions = {}): Crossover {
  const probabilities = checkSbx("sbxCrossover", options);
  return {
    name: "SBXCrossover",
    parents: 2,
    cross: ([a, b], rng, { bounds, objectives }) => {
      const eta = options.eta ?? (objectives > 1 ? 20 : 2);
      const children = bounds.map(([low, high], i) => {
        const [least, most] = [Math.min(a![i]!, b![i]!), Math.max(a![i]!, b![i]!)];
        const distance = Math.max(most - least, 1e-10);
        const u = rng.next();
        const spread = (room: number): number => {
          const alpha = 2 - (1 + (2 * room) / distance) ** -(eta + 1);
          return (u > 1 / alpha ? 1 / (2 - u * alpha) : u * alpha) ** (1 / (eta + 1));
        };
        const middle = least + most;
        return [
          0.5 * (middle - spread(least - low) * distance),
          0.5 * (middle + spread(high - most) * distance),
        ] as const;
      });
      return mixGenes(children, a!, b!, probabilities, rng);
    },
  };
}

/**
 * SBX whose children may be on the other side of a parent. Ballester and Carter, "Real-Parameter Genetic Algorithms for Finding
 * Multiple Optimal Solutions in Multi-modal Optimization" (2003).
 * @throws InvalidArgumentError
 */
export function vsbxCrossover(options: SbxOptions = {}): Crossover {
  const probabilities = checkSbx("vsbxCrossover", options);
  return {
    name: "VSBXCrossover",
    parents: 2,
    cross: ([a, b], rng, { bounds, objectives }) => {
      const eta = options.eta ?? (objectives > 1 ? 20 : 2);
      const beta = (u: number): number => (1 / Math.max(2 * u, 1e-10)) ** (1 / (eta + 1));
      const betas = bounds.map(() => {
        const u = rng.next();
        return [beta(u), beta(1 - u)] as const;
      });
      const [nearFirst, nearBoth] = [rng.next() <= 0.5, rng.next() <= 0.5];
      const children = betas.map(([p, q], i) => {
        const [x, y] = [a![i]!, b![i]!];
        return [
          0.5 * (nearFirst ? (1 + p) * x + (1 - q) * y : (1 - p) * x + (1 + q) * y),
          0.5 * (nearBoth ? (3 - p) * x - (1 - q) * y : -(1 - p) * x + (3 - q) * y),
        ] as const;
      });
      return mixGenes(children, a!, b!, probabilities, rng);
    },
  };
}

/** Of two children made of two children's or two parents' genes, one. */
function mixGenes(
  children: readonly (readonly [number, number])[],
  a: readonly number[],
  b: readonly number[],
  { uniformCrossoverProb, useChildGeneProb }: Required<Omit<SbxOptions, "eta">>,
  rng: Rng,
): number[] {
  const pairs = children.map((child, i): readonly [number, number] => {
    const [first, second] = rng.next() < useChildGeneProb ? child : [a[i]!, b[i]!];
    return rng.next() >= uniformCrossoverProb ? [first, second] : [second, first];
  });
  const chosen = rng.next() < 0.5 ? 0 : 1;
  return pairs.map((pair) => pair[chosen]);
}

function checkSbx(crossover: string, options: SbxOptions): Required<Omit<SbxOptions, "eta">> {
  checkOptions<SbxOptions>(crossover, options, { eta: true, uniformCrossoverProb: true, useChildGeneProb: true });
  const { eta, uniformCrossoverProb = 0.5, useChildGeneProb = 0.5 } = options;
  if (eta !== undefined && !(eta >= 0))
    throw new InvalidArgumentError(`${crossover}: eta must be at least 0, not ${eta}.`);
  checkProbability(crossover, "uniformCrossoverProb", uniformCrossoverProb);
  checkProbability(crossover, "useChildGeneProb", useChildGeneProb);
  if (useChildGeneProb === 0) throw new InvalidArgumentError(`${crossover}: useChildGeneProb must be above 0.`);
  return { uniformCrossoverProb, useChildGeneProb };
}

/** @throws InvalidArgumentError */
export function checkProbability(where: string, name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError(`${where}: ${name} must be in [0, 1], not ${value}.`);
}
