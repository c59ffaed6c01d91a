import * as tf from "@tensorflow/tfjs";
import { checkLabelShapes } from "./check-labels.js";

let explained = false;

/**
 * From now on, where `model.fit` refuses labels for their shape, its error says what the loss needs. Running it again does nothing.
 */
export function explainRefusedLabels(): void {
  if (explained) return;
  explained = true;
  const model = tf.LayersModel.prototype;
  const { fit } = model;
  model.fit = async function (x, y, args) {
    try {
      return await fit.call(this, x, y, args);
    } catch (error) {
      if (error instanceof Error && /\btarget\b/.test(error.message)) checkLabelShapes(this, y);
      throw error;
    }
  };
}
