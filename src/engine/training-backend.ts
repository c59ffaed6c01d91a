/**
 * The training backends, best first. `auto` tries them in this order, except for `cpu`, which it never selects. See
 * docs/training/backends.md.
 */
export const backendNames = ["tfjs-node-gpu", "webgpu", "tfjs-node", "wasm", "cpu"] as const;
export type BackendName = (typeof backendNames)[number];

/** A backend by its name, or `auto`: the best available on this machine. */
export type BackendChoice = BackendName | "auto";

export function isBackendChoice(value: unknown): value is BackendChoice {
  return value === "auto" || backendNames.some((name) => name === value);
}
