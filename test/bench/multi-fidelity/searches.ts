import type { ParamValue } from "../../../src/engine/distribution.js";
import type { Pruner } from "../../../src/engine/pruners/pruner.js";
import type { Sampler } from "../../../src/engine/samplers/sampler.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import type { Worker } from "../worker.js";
import type { Search } from "./replay.js";
import { EPOCHS, type Table } from "./table.js";

export interface StudyOptions {
  readonly seed: number;
  /** How many trials the study has. */
  readonly trials: number;
}

/** Hyperband's brackets depend on the study's name: Optuna's studies have the same. */
const nameOf = (seed: number) => `seed ${seed}`;

export interface Settings {
  readonly sampler: Sampler;
  readonly pruner: Pruner;
}

/** A study of Tunelens. */
export function tunelensSearch({ space }: Table, { seed, trials }: StudyOptions, settings: Settings): Search {
  const study = createStudy({ storage: new MemoryStorage(), name: nameOf(seed), seed, ...settings });
  const distributions = Object.fromEntries(space);
  const running = new Map<number, Trial>();
  let started = 0;
  return {
    async start() {
      if (started++ >= trials) return undefined;
      const trial = study.ask({ distributions, epochs: EPOCHS });
      running.set(trial.number, trial);
      return { number: trial.number, params: trial.params, trained: 0 };
    },
    async report(number, step, loss) {
      const trial = running.get(number)!;
      trial.report(loss, step);
      return trial.shouldPrune();
    },
    async end(number, best) {
      running.delete(number);
      const state = best === undefined ? "PRUNED" : Number.isFinite(best) ? "COMPLETE" : "FAIL";
      study.tell(number, state === "COMPLETE" ? best : undefined, { state });
    },
  };
}

export type OptunaPruner = "hyperband" | "median" | "none";

interface OptunaAnswer {
  readonly number?: number;
  readonly params?: Readonly<Record<string, ParamValue>>;
  readonly prune?: boolean;
}

export type OptunaWorker = Worker<OptunaAnswer>;

/** A study of Optuna with its TPE. */
export async function optunaSearch(
  { space }: Table,
  { seed, trials }: StudyOptions,
  pruner: OptunaPruner,
  optuna: OptunaWorker,
): Promise<Search> {
  await optuna.ask({ ask: "study", name: nameOf(seed), seed, pruner });
  let started = 0;
  return {
    async start() {
      if (started++ >= trials) return undefined;
      const { number, params } = await optuna.ask({ ask: "trial", space: Object.fromEntries(space) });
      return { number: number!, params: params!, trained: 0 };
    },
    async report(number, step, loss) {
      // JSON has no NaN.
      const { prune } = await optuna.ask({ ask: "report", number, step, value: Number.isNaN(loss) ? null : loss });
      return prune!;
    },
    async end(number, best) {
      const state = best === undefined ? "PRUNED" : Number.isFinite(best) ? "COMPLETE" : "FAIL";
      await optuna.ask({ ask: "tell", number, state, value: state === "COMPLETE" ? best : null });
    },
  };
}
