import * as tf from "@tensorflow/tfjs";
import { CallSite } from "../../engine/call-site.js";
import { TrialCallback } from "../callbacks/trial-callback.js";
import type { TrainableTrial } from "../trainable-trial.js";
import { checkBatchSize } from "./check-data.js";
import { checkModel } from "./check-model.js";
import { trackTraining } from "./forgotten-trainings.js";
import { MistakeReport } from "./mistake-report.js";
import { noteMetrics } from "./returned-metric.js";

const calls = ["fit", "fitDataset"] as const;

interface TrainingArgs {
  readonly batchSize?: number;
  readonly callbacks?: unknown;
}

type Train = (this: tf.LayersModel, ...args: unknown[]) => Promise<tf.History>;

let watched: TrainableTrial | undefined;
let watches = false;

/**
 * Finds mistakes in the trainings of a trial that knows nothing of them: `model.fit` and `model.fitDataset` without `trialCallback`. Only one
 * trial at a time. @returns what ends it
 */
export function watchPlainTraining(trial: TrainableTrial): () => void {
  watchModels();
  watched = trial;
  return () => {
    watched = undefined;
  };
}

function watchModels(): void {
  if (watches) return;
  watches = true;
  const prototype = tf.LayersModel.prototype as unknown as Record<(typeof calls)[number], Train>;
  for (const call of calls) {
    const stock = prototype[call];
    prototype[call] = function fit(...args) {
      const options = (args.at(call === "fit" ? 2 : 1) ?? {}) as TrainingArgs;
      if (!watched || isTold(options)) return stock.apply(this, args);
      const report = new MistakeReport(watched, new CallSite(fit));
      const train = () => watchedTraining(this, options, report, () => stock.apply(this, args));
      return trackTraining(watched, `model.${call}`, report.site, train, () => (this.stopTraining = true));
    };
  }
}

function isTold({ callbacks }: TrainingArgs): boolean {
  return [callbacks].flat().some((callback) => callback instanceof TrialCallback);
}

async function watchedTraining(
  model: tf.LayersModel,
  { batchSize }: TrainingArgs,
  report: MistakeReport,
  train: () => Promise<tf.History>,
): Promise<tf.History> {
  try {
    if (model.optimizer) checkModel(model, report);
    const trained = await train();
    const samples: unknown = trained.params.samples;
    checkBatchSize(batchSize, typeof samples === "number" ? samples : undefined, report);
    for (const epoch of trained.epoch.keys()) noteMetrics(report.trial, metricsOf(trained, epoch));
    return trained;
  } catch (error) {
    throw report.site.locate(error);
  }
}

/** @param epoch of this training, from 0. */
function metricsOf({ history }: tf.History, epoch: number): Record<string, number> {
  const metrics = Object.entries(history).map(([name, values]) => [name, values[epoch]]);
  return Object.fromEntries(metrics) as Record<string, number>;
}
