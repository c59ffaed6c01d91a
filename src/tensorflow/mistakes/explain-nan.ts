import * as tf from "@tensorflow/tfjs";
import { learningRateOf } from "../learning-rate.js";
import type { FitData } from "../fit-data.js";
import type { MistakeReport } from "./mistake-report.js";

/** Which loss has become NaN: where both have, that of the training. */
export function divergedLoss(logs: Readonly<Record<string, number>>): "loss" | "val_loss" | undefined {
  return (["loss", "val_loss"] as const).find((name) => Number.isNaN(logs[name]));
}

/** Warns of a loss that has become NaN. @param data what is trained on, if that is known. */
export async function explainNaN(
  loss: "loss" | "val_loss",
  epoch: number,
  model: tf.LayersModel,
  data: FitData | undefined,
  report: MistakeReport,
): Promise<void> {
  const part = data && (await partWithNaN(data, loss === "loss" ? ["train"] : ["validation", "train"]));
  // Of a later trial, it may be the search space's highest learning rate.
  if (!part && report.trial.number > 0) return;
  const rate = model.optimizer && learningRateOf(model.optimizer);
  const lower = rate === undefined ? "a lower learning rate" : `a lower learning rate than ${rate}`;
  report.warn(
    "nan",
    part
      ? `the ${loss} is NaN after epoch ${epoch + 1}, because ${part} contains NaN. Remove or replace these values.`
      : `the ${loss} is NaN after epoch ${epoch + 1}. Scale the inputs to about 0–1, or try ${lower}.`,
  );
}

/** @returns such as `train.x`. */
async function partWithNaN(data: FitData, sets: readonly ("train" | "validation")[]): Promise<string | undefined> {
  for (const set of sets) {
    const examples = data[set];
    if (!examples || examples instanceof tf.data.Dataset) continue;
    for (const part of ["x", "y"] as const) {
      const tensors = examples[part] instanceof tf.Tensor ? [examples[part]] : Object.values(examples[part]);
      for (const tensor of tensors) if (await hasNaN(tensor)) return `${set}.${part}`;
    }
  }
  return undefined;
}

async function hasNaN(tensor: tf.Tensor): Promise<boolean> {
  const found = tf.tidy(() => tf.isNaN(tensor).any());
  const [value] = await found.data();
  found.dispose();
  return value === 1;
}
