import { TunelensError } from "../../engine/errors.js";

/** TensorFlow.js's own names; `tensorflow` is tfjs-node or tfjs-node-gpu. */
export const backendNames = ["wasm", "cpu", "webgpu", "tensorflow"] as const;
export type BackendName = (typeof backendNames)[number];

/** Which engine trains, for people: shown in the editor, stored with studies and saved models. */
export interface BackendDescription {
  readonly backend: BackendName;
  /** What it computes on, e.g. `CPU (SIMD, 1 thread)`. */
  readonly device: string;
  /** Version of the package that computes. */
  readonly version: string;
}

export interface BackendContext {
  /** Folder from which optional packages (tfjs-node, webgpu) are resolved: the user's workspace. */
  readonly workspace: string;
}

/** One engine that TensorFlow.js can train on. */
export interface Backend {
  readonly name: BackendName;
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
