import * as tf from "@tensorflow/tfjs";
import { InvalidArgumentError } from "../engine/errors.js";
import type { Batch, Batches } from "./fit-data.js";
import { checkBatch } from "./mistakes/check-batch.js";
import { checkLabelsOfBatch } from "./mistakes/check-labels.js";
import type { MistakeReport } from "./mistakes/mistake-report.js";
import { type SampleWeight, weighBatches } from "./sample-weights.js";

/** Endless data has no second epoch. */
const MOST_CHECKED = 1_000;

type Iterator = Awaited<ReturnType<Batches["iterator"]>>;

/**
 * Runs `train`, which calls `model.fitDataset`: its batches are checked for mistakes before they are first used, and `sampleWeight` of batches weighs their examples.
 * @param train gets what stands for the data set.
 */
export async function trainOnBatches<Result>(
  model: tf.LayersModel,
  batches: Batches,
  report: MistakeReport,
  train: (batches: Batches) => Promise<Result>,
): Promise<Result> {
  let last: SampleWeight | undefined;
  let seen = 0;
  const watched = watchBatches("training", batches, async (batch, epoch) => {
    if (seen === 0) await checkBatch(model, batch, report);
    else if (epoch === 1 && seen < MOST_CHECKED) await checkLabelsOfBatch(model, batch.ys, report);
    seen++;
    last = batch.sampleWeight;
  });
  return weighBatches(
    model,
    () => last,
    () => train(watched),
  );
}

/** The same batches without the weights of their examples, which TensorFlow.js would neither use nor free when it evaluates a model. */
export function withoutWeights(batches: Batches): Batches {
  return watchBatches("validation", batches, ({ sampleWeight }) => {
    if (sampleWeight) tf.dispose(sampleWeight);
  });
}

/** @param look is called with each batch before it is used, and with its epoch, from 1. */
function watchBatches(
  purpose: "training" | "validation",
  batches: Batches,
  look: (batch: Batch, epoch: number) => Promise<void> | void,
): Batches {
  let epochs = 0;
  const iterator = async (): Promise<Iterator> => {
    const own = await batches.iterator();
    let isNew = true;
    const next = async () => {
      const result = await own.next();
      // TensorFlow.js makes one iterator more than it asks for batches.
      if (isNew) epochs++;
      if (!result.done) await look(result.value as unknown as Batch, epochs);
      else if (isNew) refuseEmpty(purpose, epochs);
      isNew = false;
      return result;
    };
    return Object.create(own, { next: { value: next } }) as Iterator;
  };
  return Object.create(batches, { iterator: { value: iterator } }) as Batches;
}

function refuseEmpty(purpose: string, epoch: number): never {
  const advice = " Pass tf.data.generator a function that starts anew each time it is called.";
  throw new InvalidArgumentError(
    `The ${purpose} data has no batches${epoch === 1 ? "." : ` in epoch ${epoch}.${advice}`}`,
  );
}
