import type { StudySummary } from "../protocol/inspector.js";

type Follower = Pick<StudySummary, "name" | "followUp">;

/** The studies that stand under no other. Anyone may have written which study follows which: those in a circle follow none. */
export function rootStudies<Study extends Follower>(studies: readonly Study[]): readonly Study[] {
  const parents = new Map(studies.map(({ name, followUp }) => [name, followUp?.from]));
  return studies.filter(({ name, followUp }) => !followUp || !parents.has(followUp.from) || isInCircle(name, parents));
}

/** The follow-ups that stand under a study. */
export function followUpsOf<Study extends Follower>(name: string, studies: readonly Study[]): readonly Study[] {
  const roots = new Set(rootStudies(studies));
  return studies.filter((study) => study.followUp?.from === name && !roots.has(study));
}

function isInCircle(name: string, parents: ReadonlyMap<string, string | undefined>): boolean {
  const seen = new Set<string>();
  for (let at = parents.get(name); at !== undefined && !seen.has(at); at = parents.get(at)) {
    if (at === name) return true;
    seen.add(at);
  }
  return false;
}
