import { TunelensError } from "../../engine/errors.js";

/** By the package that computes, best first: the order in which `auto` tries them, except `cpu`, which is only used when asked for. */
export const backendNames = ["tfjs-node-gpu", "webgpu", "tfjs-node", "wasm", "cpu"] as const;
export type BackendName = (typeof backendNames)[number];

/** The package that computes: the one whose version a description says. */
export const backendPackages: Readonly<Record<BackendName, string>> = {
  "tfjs-node-gpu": "@tensorflow/tfjs-node-gpu",
  webgpu: "webgpu",
  "tfjs-node": "@tensorflow/tfjs-node",
  wasm: "@tensorflow/tfjs-backend-wasm",
  cpu: "@tensorflow/tfjs-backend-cpu",
};

/** Which engine trains, for people: shown in the editor, stored with studies and saved models. */
export interface BackendDescription {
  readonly backend: BackendName;
  /** What it computes on, e.g. `CPU (SIMD, 1 thread)`. */
  readonly device: string;
  /** Version of the package that computes. */
  readonly version: string;
  /** Bytes it can use at most; left out where the device does not tell. */
  readonly memory?: number;
}

export interface BackendContext {
  /** Folder from which optional packages (tfjs-node, webgpu) are resolved: the user's workspace. */
  readonly workspace: string;
  /** Nobody asked for this one by name: a graphics adapter that is software must not be taken. Default: false. */
  readonly automatic?: boolean;
}

/** One engine that TensorFlow.js can train on. */
export interface Backend {
  readonly name: BackendName;
  /** What TensorFlow.js calls it. */
  readonly registeredAs: string;
  /**
   * Makes this the active backend. It need not check that it computes: `useBackend` does, with a real training step.
   * @throws BackendUnavailableError saying why it cannot be used here and what to do about it.
   */
  start(context: BackendContext): Promise<BackendDescription>;
}

/** A backend that was asked for and cannot train here. */
export class BackendUnavailableError extends TunelensError {
  override readonly name = "BackendUnavailableError";
  constructor(
    readonly backend: BackendName,
    /** Why, and what to do about it. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super("backend-unavailable", `The training backend "${backend}" cannot be used: ${reason}`, options);
  }
}
