import * as tf from "@tensorflow/tfjs";
import { CallSite } from "../../engine/call-site.js";
import { TunelensError } from "../../engine/errors.js";
import { FREED_WITH_TRIAL } from "../freed-tensors.js";
import type { TrainableTrial } from "../trainable-trial.js";
import { MistakeReport } from "./mistake-report.js";

interface Stepping {
  applyGradients(this: unknown, gradients: Gradients): void;
}

/** What `applyGradients` gets: by name, or in order. */
type Gradients = Readonly<Record<string, tf.Tensor>> | readonly { readonly name: string }[];

/** Which trial last trained a variable, and its value afterwards. */
const trained = new WeakMap<tf.Variable, { readonly trial: number; readonly value: object }>();

/** Which trial first trained with an optimizer. Its momenta are freed with that trial. */
const usedBy = new WeakMap<object, TrainableTrial>();

interface Watched {
  readonly trial: TrainableTrial;
  readonly variables: Set<tf.Variable>;
}

let watched: Watched | undefined;

/** Warns if a trial trains variables that another trial has left trained. Only one at a time. @returns what ends it */
export function watchVariables(trial: TrainableTrial): () => void {
  watchSteps();
  const current: Watched = { trial, variables: new Set() };
  watched = current;
  return () => {
    watched = undefined;
    for (const variable of current.variables) trained.set(variable, { trial: trial.number, value: variable.dataId });
  };
}

const optimizers = [
  tf.AdadeltaOptimizer,
  tf.AdagradOptimizer,
  tf.AdamOptimizer,
  tf.AdamaxOptimizer,
  tf.MomentumOptimizer,
  tf.RMSPropOptimizer,
  tf.SGDOptimizer,
];

let watches = false;

function watchSteps(): void {
  if (watches) return;
  watches = true;
  for (const { prototype } of optimizers) {
    const stepping = prototype as unknown as Stepping;
    const { applyGradients } = stepping;
    stepping.applyGradients = function step(gradients) {
      noteStep(gradients, step);
      const optimizer = this as object;
      const first = usedBy.get(optimizer) ?? watched?.trial;
      if (first) usedBy.set(optimizer, first);
      try {
        applyGradients.call(this, gradients);
      } catch (error) {
        throw first ? optimizerMistake(error, first) : error;
      }
    };
  }
}

function noteStep(gradients: Gradients, step: (gradients: Gradients) => void): void {
  if (!watched) return;
  const names = Array.isArray(gradients)
    ? (gradients as readonly { readonly name: string }[]).map(({ name }) => name)
    : Object.keys(gradients);
  for (const name of names) {
    const variable = tf.engine().registeredVariables[name];
    if (!variable || watched.variables.has(variable)) continue;
    watched.variables.add(variable);
    const before = trained.get(variable);
    if (before?.value === variable.dataId) warn(watched.trial, before.trial, new CallSite(step));
  }
}

/** An optimizer without momenta, such as plain SGD, may serve all trials. */
function optimizerMistake(error: unknown, first: TrainableTrial): unknown {
  const isOfOther = watched && watched.trial !== first;
  if (!isOfOther || !(error instanceof TunelensError) || error.code !== FREED_WITH_TRIAL) return error;
  return new TunelensError(
    FREED_WITH_TRIAL,
    `The optimizer was used by trial ${first.number}, and what it had learned of the gradients was freed with that trial. Create the optimizer ` +
      "in the objective, so that each trial has its own.",
  );
}

/** The topic is that of models: whoever trains one with `fit` has been told already. */
function warn(trial: TrainableTrial, before: number, site: CallSite): void {
  new MistakeReport(trial, site).warn(
    "model-of-other-trial",
    `variables that trial ${before} has trained are trained further, so the trials are not comparable. Create the model or the variables ` +
      "in the objective, or set their values there, so that each trial begins anew.",
  );
}
