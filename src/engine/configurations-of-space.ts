import { countValues, internalAt, isValueOf, toExternal, type ParamValue } from "./distribution.js";
import type { BranchSpec, Space } from "./space.js";
import { own } from "./trial/trial-snapshot.js";

/** Params by flat name. */
type FlatParams = Readonly<Record<string, ParamValue>>;

/**
 * How many configurations a space has; Infinity if one of its parameters is continuous.
 * @param fixed parameters that have just this value.
 */
export function countConfigurations(space: Space, fixed: FlatParams = {}, prefix = ""): number {
  return Object.entries(space).reduce((product, [name, spec]) => product * countOf(spec, prefix + name, fixed), 1);
}

/** The configuration at an index, 0 … countConfigurations − 1, by flat name. */
export function configurationAt(
  space: Space,
  index: number,
  fixed: FlatParams = {},
  prefix = "",
): ReadonlyMap<string, ParamValue> {
  const params = new Map<string, ParamValue>();
  let rest = index;
  for (const [name, spec] of Object.entries(space)) {
    const path = prefix + name;
    const count = countOf(spec, path, fixed);
    let digit = rest % count;
    rest = Math.floor(rest / count);
    if (spec.type !== "branch") {
      const { distribution } = spec;
      params.set(path, own(fixed, path) ?? toExternal(distribution, internalAt(distribution, digit)));
      continue;
    }
    for (const [kind, part] of kindsOf(spec, path, fixed)) {
      const inner = `${path}.${kind}.`;
      const inKind = countConfigurations(part, fixed, inner);
      if (digit < inKind) {
        params.set(path, kind);
        for (const [innerName, value] of configurationAt(part, digit, fixed, inner)) params.set(innerName, value);
        break;
      }
      digit -= inKind;
    }
  }
  return params;
}

/** Whether these are the params of a configuration of the space: all of its parameters, in their ranges, and no others. */
export function isConfiguration(space: Space, params: FlatParams, fixed: FlatParams = {}): boolean {
  return countMatching(space, params, fixed, "") === Object.keys(params).length;
}

/** How many of the params the space has; NaN if one is missing or has another value than it can have. */
function countMatching(space: Space, params: FlatParams, fixed: FlatParams, prefix: string): number {
  let count = 0;
  for (const [name, spec] of Object.entries(space)) {
    const path = prefix + name;
    const value = own(params, path);
    if (value === undefined || !isValueOf(spec.distribution, value)) return NaN;
    if (Object.hasOwn(fixed, path) && fixed[path] !== value) return NaN;
    count++;
    if (spec.type !== "branch") continue;
    const kind = String(value);
    count += countMatching(spec.kinds[kind]!, params, fixed, `${path}.${kind}.`);
  }
  return count;
}

function countOf(spec: Space[string], path: string, fixed: FlatParams): number {
  if (spec.type !== "branch") return Object.hasOwn(fixed, path) ? 1 : countValues(spec.distribution);
  return kindsOf(spec, path, fixed).reduce(
    (sum, [kind, part]) => sum + countConfigurations(part, fixed, `${path}.${kind}.`),
    0,
  );
}

function kindsOf({ kinds }: BranchSpec, path: string, fixed: FlatParams): [string, Space][] {
  const all = Object.entries(kinds);
  return Object.hasOwn(fixed, path) ? all.filter(([kind]) => kind === fixed[path]) : all;
}
