import { writeFileSync } from "node:fs";
import type { TrialTemplate } from "../../src/engine/storage.js";
import { isFinished, type Json, type TrialState } from "../../src/engine/trial/trial-snapshot.js";
import { distributionToJson } from "../../src/storage/distribution-json.js";
import { toPythonJson } from "../../src/storage/python-json.js";
import type { StoredStudy } from "./reading.js";

const states: readonly TrialState[] = ["RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"];

type Operation = readonly [opCode: number, log: Readonly<Record<string, Json>>];

/**
 * Writes studies as Python's `JournalFileBackend` would.
 * @param stepByStep whether trials begin to run and get one thing after another, as in a run; else each is added as it is.
 */
export function writeJournal(path: string, studies: readonly StoredStudy[], stepByStep: boolean): void {
  let trialId = 0;
  const operations = studies.flatMap((study, study_id): Operation[] => [
    [0, { study_name: study.name, directions: study.directions.map((one) => (one === "minimize" ? 1 : 2)) }],
    ...entries(study.userAttrs, (user_attr): Operation => [2, { study_id, user_attr }]),
    ...entries(study.systemAttrs, (system_attr): Operation => [3, { study_id, system_attr }]),
    ...study.trials.flatMap((trial) => {
      const trial_id = trialId++;
      return stepByStep && trial.state !== "WAITING" ? steps(study_id, trial_id, trial) : [whole(study_id, trial)];
    }),
  ]);
  const lines = operations.map(([op_code, log]) => `${toPythonJson({ op_code, worker_id: "w", ...log })}\n`);
  writeFileSync(path, lines.join(""));
}

function steps(study_id: number, trial_id: number, trial: TrialTemplate): Operation[] {
  const { state, values, datetimeStart, datetimeComplete } = trial;
  return [
    [4, { study_id, datetime_start: time(datetimeStart) }],
    ...Object.entries(trial.internalParams).map(([param_name, param_value_internal]): Operation => {
      const distribution = distributionToJson(trial.distributions[param_name]!);
      return [5, { trial_id, param_name, param_value_internal, distribution }];
    }),
    ...[...trial.intermediateValues].map(([step, intermediate_value]): Operation => {
      return [7, { trial_id, step, intermediate_value }];
    }),
    ...entries(trial.userAttrs, (user_attr): Operation => [8, { trial_id, user_attr }]),
    ...entries(trial.systemAttrs, (system_attr): Operation => [9, { trial_id, system_attr }]),
    ...(isFinished(state)
      ? [[6, { trial_id, state: states.indexOf(state), values, datetime_complete: time(datetimeComplete) }] as const]
      : []),
  ];
}

function whole(study_id: number, trial: TrialTemplate): Operation {
  const { state, values, internalParams, distributions, intermediateValues } = trial;
  const texts = Object.entries(distributions).map(([name, one]) => [name, distributionToJson(one)]);
  return [
    4,
    {
      study_id,
      state: states.indexOf(state),
      ...(values?.length === 1 ? { value: values[0]! } : { values }),
      datetime_start: time(trial.datetimeStart),
      datetime_complete: time(trial.datetimeComplete),
      params: internalParams,
      distributions: Object.fromEntries(texts) as Record<string, string>,
      intermediate_values: Object.fromEntries(intermediateValues),
      user_attrs: trial.userAttrs,
      system_attrs: trial.systemAttrs,
    },
  ];
}

function entries<T>(attrs: Readonly<Record<string, Json>>, make: (attr: Record<string, Json>) => T): T[] {
  return Object.entries(attrs).map(([key, value]) => make({ [key]: value }));
}

function time(date: Date | null): string | null {
  return date && date.toISOString().replace("Z", "000+00:00");
}
