import { followUpOf } from "../../engine/study/follow-up.js";
import type { StudySnapshot } from "../../engine/storage.js";
import type { ComparableStudy } from "../../protocol/charts.js";
import type { ChartSource } from "./chart-maker.js";

const MAX_STUDIES = 20;

/** What is compared. */
export interface ComparedStudies {
  /** The study itself first; at most 20. */
  readonly chosen: readonly ChartSource[];
  /** All that can be, by creation. */
  readonly comparable: readonly ComparableStudy[];
}

/**
 * A study, and others of its storage with the same directions.
 * @param names of the others; a study that is no more is left out. Default: those that follow it or that it follows.
 */
export function comparedStudies(source: ChartSource, names?: readonly string[]): ComparedStudies {
  const { study, siblings } = source;
  const all = siblings?.list() ?? [study];
  const comparable = all.filter(({ directions }) => directions.join() === study.directions.join());
  const isChosen = ({ name, systemAttrs }: StudySnapshot) =>
    names === undefined ? rootOf({ name, systemAttrs }) === rootOf(study) : names.includes(name);
  const others = comparable.filter((other) => other.id !== study.id && isChosen(other)).slice(0, MAX_STUDIES - 1);
  return {
    chosen: [source, ...others.map((other) => ({ study: other, trials: siblings!.trials(other) }))],
    comparable: comparable.map(({ name, systemAttrs }) => ({ name, follows: followUpOf(systemAttrs)?.from ?? null })),
  };
}

/** The first study of the chain. */
function rootOf({ name, systemAttrs }: Pick<StudySnapshot, "name" | "systemAttrs">): string {
  return followUpOf(systemAttrs)?.root ?? name;
}
