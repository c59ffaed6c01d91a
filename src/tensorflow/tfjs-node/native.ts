import type * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../../engine/errors.js";
import { loadedTfjsNode } from "../backends/tfjs-node.js";

/** What only the native library can do, as far as its types need no package. */
interface NativeFunctions {
  decodeImage(
    contents: Uint8Array,
    channels?: number,
    dtype?: string,
    expandAnimations?: boolean,
  ): tf.Tensor3D | tf.Tensor4D;
  decodePng(contents: Uint8Array, channels?: number, dtype?: string): tf.Tensor3D;
  decodeJpeg(
    contents: Uint8Array,
    channels?: number,
    ratio?: number,
    fancyUpscaling?: boolean,
    tryRecoverTruncated?: boolean,
    ...settings: unknown[]
  ): tf.Tensor3D;
  decodeBmp(contents: Uint8Array, channels?: number): tf.Tensor3D;
  decodeGif(contents: Uint8Array): tf.Tensor4D;
  encodePng(image: tf.Tensor3D, compression?: number): Promise<Uint8Array>;
  encodeJpeg(image: tf.Tensor3D, ...settings: unknown[]): Promise<Uint8Array>;
  loadSavedModel(path: string, tags?: string[], signature?: string): Promise<tf.InferenceModel>;
  getMetaGraphsFromSavedModel(path: string): Promise<unknown[]>;
  getNumOfSavedModels(): number;
}

/**
 * A function of tfjs-node's `node` that its native library does: where the study trains on it.
 * @param otherwise what does it elsewhere. Default: it throws TunelensError code `needs-tfjs-node`.
 */
export function native<Name extends keyof NativeFunctions>(
  name: Name,
  otherwise: (...args: Parameters<NativeFunctions[Name]>) => ReturnType<NativeFunctions[Name]> = () => missing(name),
): NativeFunctions[Name] {
  const call = (...args: Parameters<NativeFunctions[Name]>): unknown => {
    const own = loadedTfjsNode()?.["node"] as Readonly<Record<string, (...args: unknown[]) => unknown>> | undefined;
    return own ? own[name]!(...args) : otherwise(...args);
  };
  return call as NativeFunctions[Name];
}

function missing(name: string): never {
  throw new TunelensError(
    "needs-tfjs-node",
    `tf.node.${name}() is part of TensorFlow's native library, and this study does not train on it. ` +
      `Run npm install @tensorflow/tfjs-node, and set backend: "tfjs-node" in defineStudy().${adviceFor(name)}`,
  );
}

function adviceFor(name: string): string {
  if (name.startsWith("decode")) return " Or convert the images: PNG and JPEG are decoded without it.";
  return name.startsWith("encode") ? " Or write the pixels with a package such as sharp." : "";
}
