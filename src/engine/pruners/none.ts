import type { Pruner } from "./pruner.js";

/** Never prunes: every trial runs to its end. */
export function nopPruner(): Pruner {
  return { name: "NopPruner", prune: () => false };
}
