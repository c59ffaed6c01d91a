import { ACTING, escapedUnits } from "../format/visible-text.js";

/** Parameter values as an objective sees them: those of a branch in an object that has its `kind`. */
export interface NestedParams {
  readonly [name: string]: Param | NestedParams;
}

export type Param = null | boolean | number | string;

const LINE_LENGTH = 100;

/**
 * What is stored flat (`optimizer`: "adam", `optimizer.adam.rate`: 0.1), nested as the objective gets it.
 * @param names every parameter the study's trials have: of a branch, also those of the kinds that were not chosen.
 */
export function nested(flat: Readonly<Record<string, Param>>, names: readonly string[], prefix = ""): NestedParams {
  const params = new Map<string, Param | NestedParams>();
  const inside = (path: string) => names.some((name) => name.startsWith(`${path}.`));
  const covered: string[] = [];
  for (const [path, value] of Object.entries(flat)) {
    if (!path.startsWith(prefix) || covered.some((branch) => path.startsWith(`${branch}.`))) continue;
    const name = path.slice(prefix.length);
    if (!inside(path)) params.set(name, value);
    else {
      params.set(name, { kind: value, ...nested(flat, names, `${path}.${String(value)}.`) });
      covered.push(path);
    }
  }
  return Object.fromEntries(params);
}

/** @param indent of the line it begins on; where it is too long for one, it takes several. */
export function literal(value: Param | NestedParams, indent: string): string {
  if (typeof value !== "object" || value === null) return text(value);
  const inner = `${indent}  `;
  const entries = Object.entries(value).map(([name, part]) => `${key(name)}: ${literal(part, inner)}`);
  if (entries.length === 0) return "{}";
  const line = `{ ${entries.join(", ")} }`;
  if (indent.length + line.length <= LINE_LENGTH && !line.includes("\n")) return line;
  return `{\n${entries.map((entry) => `${inner}${entry},\n`).join("")}${indent}}`;
}

/** A property's name as it is written in an object. */
export function key(name: string): string {
  // As a plain name it would be the object's prototype.
  if (name === "__proto__") return '["__proto__"]';
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : text(name);
}

/** What acts on who looks at the code, or on a terminal, is written as an escape, which means the same. */
export function text(value: Param): string {
  return JSON.stringify(value).replace(ACTING, escapedUnits);
}
