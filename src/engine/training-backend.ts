/**
 * What a study can be trained on, by the package that computes, best first: the order in which `auto` tries them, except `cpu`, which is
 * only used when asked for. docs/training/backends.md tells of each.
 */
export const backendNames = ["tfjs-node-gpu", "webgpu", "tfjs-node", "wasm", "cpu"] as const;
export type BackendName = (typeof backendNames)[number];

/** A backend by its name, or `auto`: the best that works here. */
export type BackendChoice = BackendName | "auto";

export function isBackendChoice(value: unknown): value is BackendChoice {
  return value === "auto" || backendNames.some((name) => name === value);
}
