import { InvalidArgumentError } from "./errors.js";
import type { Json } from "./trial/trial-snapshot.js";

const ALLOWED = "An attribute must be JSON: null, booleans, numbers, strings, and arrays and plain objects of these.";

/**
 * What an attribute is checked for before it is stored: most of what JSON does not have would become `{}`, or be gone, in silence. NaN and
 * ±Infinity are stored as Optuna stores them.
 * @param where study or trial. @param key the attribute.
 * @throws InvalidArgumentError naming the part that cannot be stored, e.g. `k.a[3]`.
 */
export function checkJson(where: string, key: string, value: unknown): void {
  check(value, key, [], (path, reason) => {
    throw new InvalidArgumentError(`${where}, attribute "${key}": ${path} is ${reason}. ${ALLOWED}`);
  });
}

/** As `checkJson`, of several. */
export function checkJsonRecord(where: string, attrs: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(attrs)) checkJson(where, key, value);
}

/** Whether it is an object, and no list. */
export function isJsonObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Fail = (path: string, reason: string) => never;

function check(value: unknown, path: string, around: readonly object[], fail: Fail): void {
  if (value === null || ["boolean", "number", "string"].includes(typeof value)) return;
  if (typeof value !== "object") fail(path, describeOther(value));
  const object = value;
  if (around.includes(object)) fail(path, "an object that contains itself");
  if (!Array.isArray(object) && !isPlain(object)) fail(path, describeObject(object));
  const inside = [...around, object];
  if (Array.isArray(object))
    // Not forEach, which leaves out what was never set.
    for (let i = 0; i < object.length; i++) check(object[i], `${path}[${i}]`, inside, fail);
  else for (const [key, part] of Object.entries(object)) check(part, `${path}${step(key)}`, inside, fail);
}

/** Also `trial.params`, which have a prototype of their own, but no class. */
function isPlain(object: object): boolean {
  const prototype = Object.getPrototypeOf(object) as object | null;
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return true;
  return Object.prototype.toString.call(object) === "[object Object]" && !Object.hasOwn(prototype, "constructor");
}

function describeOther(value: unknown): string {
  if (value === undefined) return "undefined";
  return typeof value === "bigint" ? "a BigInt: store it as a string" : `a ${typeof value}`;
}

function describeObject(object: object): string {
  if (object instanceof Date) return "a Date: store date.toISOString()";
  if (object instanceof Map) return "a Map: store Object.fromEntries(map)";
  if (object instanceof Set || ArrayBuffer.isView(object)) return `a ${object.constructor.name}: store Array.from(…)`;
  const { name } = object.constructor;
  return `an object of class ${name}: store a plain object`;
}

function step(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
