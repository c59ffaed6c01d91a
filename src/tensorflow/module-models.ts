import * as tf from "@tensorflow/tfjs";
import { asModule, isModuleWork } from "./module-work.js";

interface Building {
  addWeight(this: tf.layers.Layer, ...settings: unknown[]): unknown;
}

const moduleOptimizers = new WeakSet<tf.Optimizer>();

let firstOfTrials: number | undefined;

/**
 * From now on, layers are made by trials. Weights that an older layer gets later, and what the optimizer of a model keeps that was compiled
 * while its module loaded, belong to the module. Running it again does nothing.
 */
export function keepModelsOfModules(): void {
  if (firstOfTrials !== undefined) return;
  // Layers are numbered.
  firstOfTrials = tf.layers.activation({ activation: "linear", name: "first_of_trials" }).id;
  const layer = tf.layers.Layer.prototype as unknown as Building;
  const { addWeight } = layer;
  layer.addWeight = function (...settings) {
    const add = () => addWeight.apply(this, settings);
    return this.id < firstOfTrials! ? asModule(add) : add();
  };
  const optimizer = tf.Optimizer.prototype;
  const { minimize } = optimizer;
  optimizer.minimize = function (...settings) {
    const step = () => minimize.apply(this, settings);
    return moduleOptimizers.has(this) ? asModule(step) : step();
  };
}

/** Called before the user's modules load. Running it again does nothing. */
export function watchCompiling(): void {
  const model = tf.LayersModel.prototype as tf.LayersModel & { watched?: true };
  if (model.watched) return;
  model.watched = true;
  const { compile } = model;
  model.compile = function (settings) {
    compile.call(this, settings);
    if (isModuleWork()) moduleOptimizers.add(this.optimizer);
  };
}
