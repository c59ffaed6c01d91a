import { TunelensError } from "../../engine/errors.js";
import type { BackendName } from "../../engine/training-backend.js";
import type { BackendInfo, ProbedBackend } from "../../protocol/trainer.js";

/** The package that computes, whose version a description gives. */
export const backendPackages: Readonly<Record<BackendName, string>> = {
  "tfjs-node-gpu": "@tensorflow/tfjs-node-gpu",
  webgpu: "webgpu",
  "tfjs-node": "@tensorflow/tfjs-node",
  wasm: "@tensorflow/tfjs-backend-wasm",
  cpu: "@tensorflow/tfjs-backend-cpu",
};

/** Whether `installBackend` can build it: TensorFlow for Python brings what that needs on Linux only. */
export function canBuild(name: BackendName): boolean {
  return process.platform === "linux" && (name === "tfjs-node" || name === "tfjs-node-gpu");
}

/** What may be missing: the workspace must have installed it; webgpu's come with Tunelens where they can be had. */
export const optionalPackages: Readonly<Record<BackendName, readonly string[]>> = {
  "tfjs-node-gpu": ["@tensorflow/tfjs-node-gpu"],
  webgpu: ["webgpu", "@tensorflow/tfjs-backend-webgpu"],
  "tfjs-node": ["@tensorflow/tfjs-node"],
  wasm: [],
  cpu: [],
};

/** The active training backend, as shown in the editor and stored with studies and saved models. */
export interface BackendDescription extends BackendInfo {
  readonly backend: BackendName;
  /** A graphics adapter that is software on the processor: right and very slow, so that `auto` passes it by. */
  readonly software?: true;
}

export interface BackendContext {
  /** Folder from which tfjs-node and -gpu are resolved: the user's workspace. */
  readonly workspace: string;
  /** Threads that compute, of a backend that starts its own (wasm). Default: as many as there are cores, 4 at most. */
  readonly threads?: number;
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
  /**
   * Keeps to its part of the cores where so many processes train at once; for a backend that starts threads of its own.
   * @returns the device, for its description
   */
  shareCores?(processes: number): string;
}

/** Whether a backend can train here: its description, or the reason it cannot and what to do about it. */
export type Probe = ProbedBackend & {
  readonly name: BackendName;
  readonly description?: BackendDescription;
};

/** A requested training backend is not available. */
export class BackendUnavailableError extends TunelensError {
  override readonly name = "BackendUnavailableError";
  /** A command that may fix it, to run in the workspace; also part of the reason. */
  readonly command: string | undefined;
  constructor(
    readonly backend: BackendName,
    /** Why, and what to do about it. */
    readonly reason: string,
    { command, ...options }: ErrorOptions & { readonly command?: string } = {},
  ) {
    super("backend-unavailable", `The training backend "${backend}" is not available: ${reason}`, options);
    this.command = command;
  }
}

export function notInstalled(name: BackendName): BackendUnavailableError {
  const packages = optionalPackages[name].join(" and ");
  if (name === "webgpu") {
    const platform = `${process.platform} on ${process.arch}`;
    const reason = `Tunelens was installed without ${packages}: they were omitted, or don't exist for ${platform}.`;
    return new BackendUnavailableError(name, reason);
  }
  const command = `npm install ${packages}`;
  return new BackendUnavailableError(name, `${packages} is not installed in the workspace. Run: ${command}`, {
    command,
  });
}
