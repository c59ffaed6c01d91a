import type { Space } from "../space.js";

/** What is wrong with `learnFrom`, without a period; undefined: nothing. */
export function wrongLearnFrom(names: readonly string[], name: string, space: Space): string | undefined {
  if (!Array.isArray(names) || names.some((one) => typeof one !== "string"))
    return 'use a list of study names, such as ["digits"]';
  if (names.includes(name)) return "a study cannot learn from itself; give it another name";
  if (names.length > 0 && Object.keys(space).length === 0)
    return "without a space, nobody knows which trials fit; define the space";
  return undefined;
}
