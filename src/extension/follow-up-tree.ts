import type { StudySummary } from "../protocol/inspector.js";

type Follower = Pick<StudySummary, "name" | "followUp">;

/** The studies that stand under no other. Anyone may have written which study follows which: those in a circle follow none. */
export function rootStudies<Study extends Follower>(studies: readonly Study[]): readonly Study[] {
  const parents = new Map(studies.map(({ name, followUp }) => [name, followUp?.from]));
  const isInCircle = (name: string) => followed(name, (study) => parents.get(study)).includes(name);
  return studies.filter(({ name, followUp }) => !followUp || !parents.has(followUp.from) || isInCircle(name));
}

/** The follow-ups that stand under a study. */
export function followUpsOf<Study extends Follower>(name: string, studies: readonly Study[]): readonly Study[] {
  const roots = new Set(rootStudies(studies));
  return studies.filter((study) => study.followUp?.from === name && !roots.has(study));
}

/** The studies that a study follows, the nearest first: once around, if they are in a circle. */
export function followed(study: string, parentOf: (study: string) => string | null | undefined): readonly string[] {
  const found = new Set<string>();
  for (let at = parentOf(study); typeof at === "string" && !found.has(at); at = parentOf(at)) found.add(at);
  return [...found];
}
