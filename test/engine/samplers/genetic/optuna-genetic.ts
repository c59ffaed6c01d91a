import { readFileSync } from "node:fs";
import type { TrialSnapshot, Json } from "../../../../src/engine/trial/trial-snapshot.js";
import type { Rng } from "../../../../src/engine/math/rng.js";
import {
  blxAlphaCrossover,
  sbxCrossover,
  spxCrossover,
  uniformCrossover,
  vsbxCrossover,
  type Crossover,
} from "../../../../src/engine/samplers/genetic/crossover.js";
import { undxCrossover } from "../../../../src/engine/samplers/genetic/undx-crossover.js";
import { goldenNumber, type DistributionJson } from "../../optuna-golden.js";
import { trialSnapshot } from "../../recorded-study.js";

interface RecordedTrial {
  readonly values: readonly (number | string)[];
  readonly internal: Readonly<Record<string, number>>;
  readonly systemAttrs: Readonly<Record<string, Json>>;
}

/** Written by genetic.py: what Optuna's parts made of the numbers `drawn`. */
export interface GeneticFixture {
  readonly distributions: Readonly<Record<string, DistributionJson>>;
  readonly crossovers: readonly {
    readonly crossover: CrossoverName;
    readonly objectives: number;
    readonly bounds: readonly (readonly [number, number])[];
    readonly parents: readonly (readonly number[])[];
    readonly drawn: readonly number[];
    readonly child: readonly number[];
  }[];
  readonly children: readonly {
    readonly crossover: CrossoverName;
    readonly mutation: boolean;
    readonly crossoverProb: number;
    readonly trials: readonly RecordedTrial[];
    readonly drawn: readonly number[];
    readonly child: Readonly<Record<string, number>>;
  }[];
  readonly survivors: readonly {
    readonly kind: "nsga2" | "nsga3";
    readonly objectives: number;
    readonly size: number;
    readonly trials: readonly RecordedTrial[];
    readonly drawn: readonly number[];
    readonly survivors: readonly number[];
  }[];
}

export const fixture: GeneticFixture = JSON.parse(
  readFileSync(new URL("../../../fixtures/optuna/genetic.json", import.meta.url), "utf8"),
);

/** As the fixture's generator made them. */
export const crossovers = {
  uniform: uniformCrossover({ swappingProb: 0.3 }),
  blxAlpha: blxAlphaCrossover(),
  sbx: sbxCrossover(),
  spx: spxCrossover(),
  undx: undxCrossover(),
  vsbx: vsbxCrossover(),
} satisfies Record<string, Crossover>;

type CrossoverName = keyof typeof crossovers;

export function trialsOf(recorded: readonly RecordedTrial[]): TrialSnapshot[] {
  return recorded.map(({ values, internal, systemAttrs }, i) =>
    trialSnapshot(i, { values: values.map(goldenNumber), internalParams: internal, systemAttrs }),
  );
}

/** Gives the numbers of a recording, and no more than there are. */
export class Replay implements Rng {
  private at = 0;

  constructor(private readonly drawn: readonly number[]) {}

  next(): number {
    const value = this.drawn[this.at++];
    if (value === undefined) throw new Error("More random numbers drawn than Optuna did.");
    return value;
  }

  get isUsedUp(): boolean {
    return this.at === this.drawn.length;
  }
}
