import type { Distribution, ParamValue } from "../../../src/engine/distribution.js";
import { TunelensError } from "../../../src/engine/errors.js";
import type { Pruner } from "../../../src/engine/pruners/pruner.js";
import type { Sampler } from "../../../src/engine/samplers/sampler.js";
import type { Scheduler } from "../../../src/engine/schedulers/scheduler.js";
import { createStudy } from "../../../src/engine/study/create-study.js";
import type { Storage } from "../../../src/engine/storage.js";
import type { Study } from "../../../src/engine/study/study.js";
import { continuedTrialNumber } from "../../../src/engine/trial/paused.js";
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

type AskedTrial = Trial<Readonly<Record<string, ParamValue>>>;

/** Hyperband's brackets depend on the study's name: Optuna's studies have the same. */
const nameOf = (seed: number) => `seed ${seed}`;

export interface Settings {
  readonly sampler?: Sampler;
  readonly pruner?: Pruner;
  readonly scheduler?: Scheduler;
}

/** A study of Tunelens. Without a scheduler, it has as many trials as it may; with one, it goes on for as long as it is asked. */
export function tunelensSearch(
  { space }: Table,
  { seed, trials }: StudyOptions,
  settings: Settings,
  storage: Storage = new MemoryStorage(),
): Search {
  const study = createStudy({ storage, name: nameOf(seed), seed, loadIfExists: true, ...settings });
  const distributions = Object.fromEntries(space);
  const running = new Map<number, AskedTrial>();
  /** By trial: how many epochs its configuration has been trained. */
  const trained: number[] = [];
  let started = 0;
  return {
    async start() {
      if (!settings.scheduler && started++ >= trials) return undefined;
      const trial = askUnlessWaiting(study, distributions);
      if (!trial) return undefined;
      const { number, params } = trial;
      running.set(number, trial);
      const before = continuedTrialNumber(study.storage.getTrials(study.id)[number]!);
      trained[number] = before === undefined ? 0 : trained[before]!;
      return { number, params, trained: trained[number] };
    },
    async report(number, step, loss) {
      const trial = running.get(number)!;
      trained[number]!++;
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

function askUnlessWaiting(study: Study, distributions: Readonly<Record<string, Distribution>>): AskedTrial | undefined {
  try {
    return study.ask({ distributions, epochs: EPOCHS });
  } catch (error) {
    if (error instanceof TunelensError && error.code === "nothing-to-try") return undefined;
    throw error;
  }
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
