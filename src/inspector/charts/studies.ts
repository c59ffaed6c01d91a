import { isBetter } from "../../engine/study/best-trials.js";
import { followUpOf } from "../../engine/study/follow-up.js";
import type { Direction } from "../../engine/storage.js";
import { isFeasible } from "../../engine/trial/constraints.js";
import { durationMs, isFinished, type TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import type { ComparedStudy, StudyProgress } from "../../protocol/charts.js";
import { toWire, toWireParams } from "../../protocol/wire.js";
import type { ChartMaker, ChartSource } from "./chart-maker.js";
import { comparedStudies } from "./compared-studies.js";
import { downsample } from "./downsample.js";
import { directionOf } from "./objective.js";

const MAX_POINTS = 2_000;

/** What a trial adds to a study's progress. */
const spentOn: Readonly<Record<StudyProgress, (trial: TrialSnapshot) => number>> = {
  trials: () => 1,
  epochs: ({ intermediateValues }) => intermediateValues.size,
  seconds: (trial) => (durationMs(trial) ?? 0) / 1_000,
};

interface Step {
  readonly spent: number;
  readonly value: number;
  readonly number: number;
}

export const studies: ChartMaker<"studies"> = {
  isSlow: "always",
  make(source, { objective = 0, studies: names, progress = "trials" }) {
    const direction = directionOf(source.study, objective);
    const { chosen, comparable } = comparedStudies(source, names);
    return { progress, comparable, lines: chosen.map((one) => compared(one, objective, direction, progress)) };
  },
};

function compared(
  { study, trials }: ChartSource,
  objective: number,
  direction: Direction,
  progress: StudyProgress,
): ComparedStudy {
  const followUp = followUpOf(study.systemAttrs);
  const finished = trials.filter(({ state }) => isFinished(state));
  const sum = (kind: StudyProgress) => finished.reduce((total, trial) => total + spentOn[kind](trial), 0);
  const steps = bestSoFar(finished, objective, direction, spentOn[progress]);
  const best = steps.at(-1);
  const end: Step[] = best === undefined ? [] : [{ ...best, spent: sum(progress) }];
  return {
    name: study.name,
    follows: followUp?.from ?? null,
    frozen: toWireParams(followUp?.frozen ?? {}),
    trials: finished.length,
    taken: followUp?.taken ?? 0,
    epochs: sum("epochs"),
    seconds: sum("seconds"),
    best: best === undefined ? null : { number: best.number, value: toWire(best.value) },
    points: downsample([...steps, ...end], MAX_POINTS, ({ value }) => value).map(({ spent, value, number }) => [
      spent,
      toWire(value),
      number,
    ]),
  };
}

/** The feasible COMPLETE trials that were the best so far, with all that had been spent until they ended. */
function bestSoFar(
  finished: readonly TrialSnapshot[],
  objective: number,
  direction: Direction,
  spentBy: (trial: TrialSnapshot) => number,
): Step[] {
  const steps: Step[] = [];
  let spent = 0;
  for (const trial of finished) {
    spent += spentBy(trial);
    const value = trial.values?.[objective];
    const best = steps.at(-1);
    if (trial.state !== "COMPLETE" || value === undefined) continue;
    if (best !== undefined && !isBetter(value, best.value, direction)) continue;
    if (isFeasible(trial)) steps.push({ spent, value, number: trial.number });
  }
  return steps;
}
