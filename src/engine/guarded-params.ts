import { TunelensError } from "./errors.js";
import { nearest } from "./known-names.js";
import type { NestedParams, Space } from "./space.js";

/**
 * Makes an error of reading a parameter by a misspelt name, which would else be `undefined`, and train on something else, in silence. The
 * params stay plain objects, to be listed, copied, cloned and printed: only what they lack is looked up in a prototype of theirs, which
 * refuses. A name that is near to none is `undefined`, as ever: who is handed the params may look for what others have. So is a parameter
 * of a branch's other kinds.
 * @param where the study and the trial, for the error message.
 */
export function guardParams(params: NestedParams, space: Space, where: string): NestedParams {
  return guard(params, space, [], "", where);
}

function guard(
  params: NestedParams,
  space: Space,
  others: readonly string[],
  path: string,
  where: string,
): NestedParams {
  for (const [name, spec] of Object.entries(space)) {
    const inner = params[name];
    if (spec.type !== "branch" || typeof inner !== "object" || inner === null) continue;
    const names = Object.values(spec.kinds).flatMap((kind) => Object.keys(kind));
    guard(inner, spec.kinds[String(inner.kind)]!, ["kind", ...names], `${path}${name}.`, where);
  }
  const known = [...new Set([...Object.keys(space), ...others])];
  const refusing: object = new Proxy(
    {},
    {
      get(target, name, receiver) {
        if (typeof name === "string" && !(name in target) && !known.includes(name)) refuse(where, path, name, known);
        return Reflect.get(target, name, receiver) as unknown;
      },
    },
  );
  return Object.setPrototypeOf(params, refusing) as NestedParams;
}

/** What programs ask any object for, to learn what it is: `await`, JSON, `console.log`, test frameworks. */
const ASKED_OF_ANY = /^(then|toJSON|href|inspect|asymmetricMatch|nodeType|tagName|length|[$@_].*)$/;

function refuse(where: string, path: string, name: string, known: readonly string[]): void {
  if (ASKED_OF_ANY.test(name)) return;
  const fail = (advice: string): never => {
    throw new TunelensError("unknown-param", `${where}: trial.params has no parameter "${path}${name}". ${advice}`);
  };
  if (known.length === 0)
    fail('The study has no space: suggest it by name, e.g. trial.suggestFloat("lr", 1e-5, 1e-1).');
  const meant = nearest(name, known);
  if (meant !== undefined) fail(`Did you mean "${meant}"?`);
}
