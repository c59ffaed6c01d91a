import { InvalidArgumentError } from "./errors.js";

/** The names of a type's fields, all of them: the compiler sees to it. */
export type NamesOf<Options> = { readonly [Name in keyof Options]-?: true };

/**
 * Options are often written where no type is looked at; one that nobody reads is a misspelled one.
 * @param where what takes the options, e.g. `tpe`.
 * @throws InvalidArgumentError naming the option that `known` does not have, and the one that is probably meant.
 */
export function checkOptions<Options extends object>(where: string, options: Options, known: NamesOf<Options>): void {
  const reason = unknownOption(options, known);
  if (reason !== undefined) throw new InvalidArgumentError(`${where}: ${reason}`);
}

/** A sentence on the first option that `known` does not have. */
export function unknownOption<Options extends object>(options: Options, known: NamesOf<Options>): string | undefined {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const unknown = given.find(([name]) => !Object.hasOwn(known, name))?.[0];
  return unknown === undefined ? undefined : `unknown option "${unknown}". ${suggestion(unknown, Object.keys(known))}`;
}

/** What to write instead of a name that is not known. @param known one or more. */
export function suggestion(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return meant === undefined ? `Use one of: ${known.join(", ")}.` : `Did you mean "${meant}"?`;
}

/** The known name that another is probably a misspelling of; undefined if none is similar. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const distances = known.map((other) => editDistance(bare(name), bare(other)));
  const least = Math.min(...distances);
  return least > name.length * FARTHEST ? undefined : known[distances.indexOf(least)];
}

/** So large a share of a name may be wrong. */
const FARTHEST = 0.4;

/** `learning_rate` is how others spell `learningRate`. */
function bare(name: string): string {
  return name.replaceAll(/[_-]/g, "").toLowerCase();
}

/** Levenshtein's: how many letters must be put in, taken out or changed. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++)
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + Number(a[i] !== b[j])));
    row = next;
  }
  return row.at(-1)!;
}
