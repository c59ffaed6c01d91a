import { basename, dirname } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { loadedTfjsNode } from "../backends/tfjs-node.js";
import { fileSystem as modelFolder } from "../saved-model.js";

const SCHEME = "file://";

/**
 * As tfjs-node's `tf.io.fileSystem`: a model's folder to save in, and its `model.json` to load.
 * @param path the folder, or the path of `model.json` in it, with or without `file://`.
 */
export function fileSystem(path: string): tf.io.IOHandler {
  const plain = path.startsWith(SCHEME) ? path.slice(SCHEME.length) : path;
  return modelFolder(basename(plain) === "model.json" ? dirname(plain) : plain);
}

let registered = false;

/** From now on, `model.save("file://…")` and `tf.loadLayersModel("file://…")` work. Running it again does nothing. */
export function registerFileUrls(): void {
  if (registered) return;
  registered = true;
  const route = (url: unknown): tf.io.IOHandler => {
    // Where the package is loaded, it answers itself, and TensorFlow.js takes two answers for an error.
    const isOurs = typeof url === "string" && url.startsWith(SCHEME) && !loadedTfjsNode();
    return isOurs ? fileSystem(url) : NOT_OURS;
  };
  tf.io.registerLoadRouter(route);
  tf.io.registerSaveRouter(route);
}

/** What TensorFlow.js looks for, which its type does not say. */
const NOT_OURS = null as unknown as tf.io.IOHandler;
