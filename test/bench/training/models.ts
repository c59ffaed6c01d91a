import type { Model } from "./model.js";
import { dqn } from "./models/dqn.js";
import { gan } from "./models/gan.js";
import { gpt } from "./models/gpt.js";
import { digitsMlp, smallCnn, wideCnn } from "./models/layers.js";
import { lstmText } from "./models/lstm-text.js";
import { sentiment } from "./models/sentiment.js";
import { convVae, vae } from "./models/vae.js";

/** What `npm run bench:training` trains: each has a file in `models/`, and one in `keras_models/`. */
export const models: Readonly<Record<string, Model>> = {
  "small-cnn": smallCnn,
  "wide-cnn": wideCnn,
  "digits-mlp": digitsMlp,
  vae,
  "conv-vae": convVae,
  gan,
  gpt,
  "lstm-text": lstmText,
  sentiment,
  dqn,
};
