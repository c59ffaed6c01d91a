import { readFileSync } from "node:fs";
import { findStudies } from "../source/study-finder.js";
import { dialectOf } from "../source/dialect.js";
import { asModule } from "../tensorflow/module-work.js";
import { withSeededRandom } from "../tensorflow/seed.js";

/** Apart from the numbers of trials. */
const LOADING = 0x6c6f6164;

/** How a study file was loaded. */
export interface SeededLoading<Result> {
  readonly result: Result;
  /** What its modules drew from; undefined where no seed was known. */
  readonly seed: number | undefined;
  /** Whether they drew random numbers. */
  readonly drew: boolean;
}

/**
 * Loads a study file with `Math.random` drawing from the seed of the study that is to run, which only its text can say before.
 * @param study its name, or that of its export. @param seed instead of what the file says.
 */
export async function loadSeeded<Result>(
  file: string,
  { study, seed: asked }: { readonly study?: string; readonly seed?: number | undefined },
  load: () => Promise<Result>,
): Promise<SeededLoading<Result>> {
  const seed = asked ?? seedInText(file, study);
  let drew = false;
  const counted = async () => {
    const { random } = Math;
    Math.random = () => {
      drew = true;
      return random();
    };
    try {
      return await asModule(load);
    } finally {
      Math.random = random;
    }
  };
  const result = await withSeededRandom(seed === undefined ? [] : [seed, LOADING], counted);
  return { result, seed, drew };
}

/** A sentence where the modules drew from another seed than the study has. */
export function otherSeed({ seed, drew }: SeededLoading<unknown>, ofStudy: number | undefined): string | undefined {
  if (!drew || seed === ofStudy || ofStudy === undefined) return undefined;
  return (
    `The study file drew random numbers while it loaded, before its seed ${ofStudy} was known, so other processes and runs ` +
    "will draw other data. Write the seed as a literal number in defineStudy({ … })."
  );
}

function seedInText(file: string, study: string | undefined): number | undefined {
  const found = findStudies(readText(file), dialectOf(file));
  const named = found.find(({ name, exportName }) => study !== undefined && (name === study || exportName === study));
  return (named ?? found[0])?.seed ?? undefined;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Loading it says so.
    return "";
  }
}
