import { InvalidArgumentError } from "../errors.js";
import { nearest } from "../option-names.js";

/** What a study is made of, each with a method that it must have and the functions that make one. */
const kinds = {
  sampler: {
    method: "sampleIndependent",
    makers: "auto bruteForce cmaEs gaussianProcess grid nsga2 nsga3 partiallyFixed quasiRandom random tpe",
  },
  pruner: {
    method: "prune",
    makers: "hyperband median nopPruner patient percentile successiveHalving threshold wilcoxon",
  },
  scheduler: { method: "next", makers: "asha" },
  terminator: { method: "shouldTerminate", makers: "bestValueStagnation terminator" },
} as const;

export type Components = { readonly [Kind in keyof typeof kinds]?: unknown };

/** The first of a study's components that is something else, and a sentence that says what to write; undefined if there is none. */
export function wrongComponent(
  components: Components,
): { readonly field: string; readonly reason: string } | undefined {
  if (components.scheduler !== undefined && components.pruner !== undefined)
    return { field: "pruner", reason: "the scheduler decides how long trials run; remove the pruner or the scheduler" };
  for (const field of Object.keys(kinds) as (keyof typeof kinds)[]) {
    const value = components[field];
    const { method, makers } = kinds[field];
    if (value === undefined || hasMethod(value, method)) continue;
    return { field, reason: reasonOf(value, field, makers.split(" ")) };
  }
  return undefined;
}

/** @throws InvalidArgumentError naming `where`. */
export function checkComponents(where: string, components: Components): void {
  const wrong = wrongComponent(components);
  if (wrong) throw new InvalidArgumentError(`${where}, ${wrong.field}: ${wrong.reason}.`);
}

function hasMethod(value: unknown, method: string): boolean {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, method) === "function";
}

function reasonOf(value: unknown, field: string, makers: readonly string[]): string {
  if (typeof value === "function")
    return `${value.name || "it"} is a function that makes one; call it: ${value.name}()`;
  if (typeof value !== "string")
    return `use what one of these returns: ${makers.map((name) => `${name}()`).join(", ")}`;
  const meant = nearest(value.replace(/(?<=.)_?(sampler|pruner|scheduler|terminator)$/i, ""), makers);
  const write = meant ? `write ${field}: ${meant}()` : `use one of ${makers.map((name) => `${name}()`).join(", ")}`;
  return `"${value}" is a string; ${write}, imported from "tunelens"`;
}
