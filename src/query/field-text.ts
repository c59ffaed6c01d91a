import { isKeyword } from "./parse.js";

/** Where a name is from, as it is written before it: `params.lr`. */
export type Scope = "values" | "params" | "attributes";

export const scopes: ReadonlyMap<string, Scope> = new Map([
  ["values", "values"],
  ["value", "values"],
  ["params", "params"],
  ["param", "params"],
  ["attributes", "attributes"],
  ["attribute", "attributes"],
  ["attrs", "attributes"],
]);

/** What every study has, which comes before a parameter of the same name. */
const builtIns = "number state value last best steps laststep duration started ended memory failreason tags note".split(
  " ",
);

const PLAIN = /^[\p{L}_][\p{L}\p{N}_.-]*$/u;

/** How a field is written in a query: `learningRate`, `params.state`, `` `batch size` ``. */
export function fieldText({ scope, name }: { readonly scope: Scope | null; readonly name: string }): string {
  if (scope === null) return name;
  const isPlain = PLAIN.test(name) && !isKeyword(name);
  const isAmbiguous =
    scope === "attributes" || builtIns.includes(name.toLowerCase()) || scopes.has(name.split(".")[0]!.toLowerCase());
  const written = isPlain ? name : `\`${name.replaceAll("`", "``")}\``;
  return isAmbiguous ? `${scope}.${written}` : written;
}

/** How the value of an objective is written in a query. */
export function objectiveText(metricNames: readonly string[] | null, objective: number): string {
  const name = metricNames?.[objective];
  if (name !== undefined) return fieldText({ scope: "values", name });
  return objective === 0 ? "value" : `values[${objective}]`;
}

/** How a value is written in a query. */
export function valueText(value: null | boolean | number | string): string {
  return typeof value === "string" ? `"${value.replace(/["\\]/g, "\\$&")}"` : String(value);
}
