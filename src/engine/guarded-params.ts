import { CallSite } from "./call-site.js";
import { TunelensError } from "./errors.js";
import { suggestion } from "./option-names.js";
import type { NestedParams, Space } from "./space.js";

/**
 * Makes reading an unknown parameter an error. Otherwise it would be `undefined`, and silently train on something else. The params remain
 * plain objects that can be listed, copied, cloned, and printed: only missing names are looked up in their prototype, which throws.
 * Packages that receive them may probe for names: to their code, missing ones are `undefined`, as usual.
 * @param where the study and the trial, for the error message.
 */
export function guardParams(params: NestedParams, space: Space, where: string): NestedParams {
  return guard(params, space, { where, path: "", otherKinds: {} });
}

/** Which of the params an object has. */
interface Part {
  readonly where: string;
  /** What stands before its names: `optimizer.`. */
  readonly path: string;
  /** Of a branch: what the kinds that were not chosen have. */
  readonly otherKinds: Readonly<Record<string, readonly string[]>>;
}

function guard(params: NestedParams, space: Space, part: Part): NestedParams {
  for (const [name, spec] of Object.entries(space)) {
    const inner = params[name];
    if (spec.type !== "branch" || typeof inner !== "object" || inner === null) continue;
    const { [inner.kind as string]: chosen, ...others } = spec.kinds;
    const otherKinds = Object.fromEntries(Object.entries(others).map(([kind, of]) => [kind, Object.keys(of)]));
    guard(inner, chosen!, { ...part, path: `${part.path}${name}.`, otherKinds });
  }
  const refusing: object = new Proxy(
    {},
    {
      get: function refuseUnknown(target, name, receiver) {
        if (
          typeof name === "string" &&
          !(name in target) &&
          !ASKED_OF_ANY.test(name) &&
          !isReadByPackage(refuseUnknown)
        )
          refuse(name, params, part);
        return Reflect.get(target, name, receiver) as unknown;
      },
    },
  );
  return Object.setPrototypeOf(params, refusing) as NestedParams;
}

/** What programs ask any object for, to learn what it is: `await`, JSON, `console.log`, test frameworks. */
const ASKED_OF_ANY = /^(then|toJSON|href|inspect|asymmetricMatch|nodeType|tagName|length|[$@_].*)$/;

/** @param trap what was called to read: its caller is who reads. */
function isReadByPackage(trap: (...args: never[]) => unknown): boolean {
  const [reader = ""] = new CallSite(trap).frames;
  return /[\\/]node_modules[\\/]|\bnode:/.test(reader);
}

function refuse(name: string, params: NestedParams, { where, path, otherKinds }: Part): never {
  const known = Object.keys(params);
  const kinds = Object.keys(otherKinds).filter((kind) => otherKinds[kind]!.includes(name));
  const all = [...new Set([...known, ...Object.values(otherKinds).flat()])];
  throw new TunelensError(
    "unknown-param",
    `${where}: trial.params has no parameter "${path}${name}"${reasonAndAdvice()}`,
  );

  function reasonAndAdvice(): string {
    if (known.length === 0)
      return '. The study has no space. Suggest the parameter by name, for example trial.suggestFloat("lr", 1e-5, 1e-1).';
    if (kinds.length === 0) return `. ${suggestion(name, all)}`;
    const branch = path.slice(0, -1);
    const has = kinds.map((kind) => `"${kind}"`).join(" and ");
    return `: "${branch}" is "${params.kind as string}" in this trial, and only ${has} has it. Check ${branch}.kind first.`;
  }
}
