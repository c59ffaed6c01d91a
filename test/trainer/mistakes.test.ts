import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type RecordedTrainer, recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

const FILE = "mistakes.study.js";

interface Told {
  /** What ended the run. */
  readonly error: string | undefined;
  readonly warnings: readonly string[];
  readonly states: readonly string[];
  /** The line that the editor offers to open. */
  readonly failLine: number | undefined;
}

async function run({ run, logs, finished }: RecordedTrainer, study: string): Promise<Told> {
  const before = { logs: logs.length, finished: finished.length };
  const error = await run(FILE, { study }).then(
    () => undefined,
    (reason: unknown) => (reason as Error).message,
  );
  const trials = finished.slice(before.finished);
  return {
    error,
    warnings: logs.slice(before.logs).flatMap(({ level, message }) => (level === "warn" ? [message] : [])),
    states: trials.map(({ state }) => state),
    failLine: trials.find(({ failLocation }) => failLocation)?.failLocation?.line,
  };
}

it("a beginner's mistakes are told with file, line, and what to write, and their right twins are not", async () => {
  const folder = studyFolder();
  const recorded = await recordedTrainer(folder);
  const lines = readFileSync(join(folder, FILE), "utf8").split("\n");
  const lineOf = (text: string) => lines.findIndex((line) => line.includes(text)) + 1;
  const at = (text: string) => `${FILE}:${lineOf(text)}`;

  /** Ends the run. */
  const ends = async (study: string, place: string, says: string) => {
    const { error } = await run(recorded, study);
    expect.soft(error, study).toContain(says);
    expect.soft(error, study).toContain(`(${at(place)})`);
  };
  /** Warned of once, although every trial makes it. */
  const warns = async (study: string, place: string, says: string) => {
    const { error, warnings } = await run(recorded, study);
    expect.soft(error, study).toBeUndefined();
    expect.soft(warnings, study).toEqual([expect.stringContaining(says)]);
    expect.soft(warnings[0], study).toContain(` See ${at(place)}.`);
  };

  await warns(
    "minimized accuracy",
    "minimizedAccuracy",
    'return val_acc, which is better when higher: the worst trial counts as the best. Set direction: "maximize".',
  );
  await ends("accuracy without a direction", "export const accuracy ", 'Set direction: "maximize" in defineStudy');
  await warns(
    "maximized loss",
    "maximizedLoss",
    'return val_loss, which is better when lower: the worst trial counts as the best. Set direction: "minimize".',
  );
  await ends(
    "forgotten fit",
    "const history = fit(",
    "ended while fit was still training. Write `await` before fit(…).",
  );
  await ends("forgotten data", "buildModel(), promise)", "fit: the data is a promise. Write `await` before it.");
  await ends(
    "callback metric",
    "earlyStopping({ monitor",
    'There is no metric "validation_loss" to monitor. Use one of: val_loss, val_acc, loss, acc.',
  );
  await ends("no accuracy", "buildModel([])", 'compile the model with metrics: ["accuracy"]');
  await ends("kept model", "fit(trial, kept", "Create models and optimizers in the objective");
  await ends("shared optimizer", "fit(trial, withOptimizer(sharedAdam)", "The optimizer was used by trial 0");
  await ends("shared optimizer of model.fit", "await withOptimizer(sharedAdam)", "The optimizer was used by trial 0");
  await warns("minimized accuracy of model.fit", "minimizedPlainAccuracy", "return acc, which is better when higher");
  await ends("accuracy of model.fit without a direction", "plainAccuracy", 'Set direction: "maximize" in defineStudy');
  await warns("large batch of model.fit", "batchSize: 31", "batchSize is 31, but there are only 30 training examples");
  await ends("forgotten plain model.fit", "const history = buildModel().fit(", "Write `await` before model.fit(…).");
  await ends("forgotten model.fitDataset", "void buildModel()", "Write `await` before model.fitDataset(…).");
  await ends(
    "returned nothing",
    "returnedNothing",
    "The objective returned undefined instead of a number. Is a `return`",
  );
  await ends("tensor returned", "tensorReturned", "Read its number: (await tensor.data())[0].");
  await ends("misspelled", "misspelled", 'trial.params has no parameter "zebra". Use one of: rate.');
  await warns("disposed model", "disposedModel", "is disposed of, so it cannot be saved. Remove model.dispose()");
  await warns("unregistered layer", "unregisteredLayer", "Write tf.serialization.registerClass(Unregistered).");
  await warns("no model", "noModel", "is an object (weights), so it cannot be saved. Return a layers model.");
  await warns("shared model", "fit(trial, shared", "was trained by trial 0 and goes on from there");
  await warns("silent", "silent", "the pruner HyperbandPruner cannot end trials early");

  const forgotten = await run(recorded, "forgotten model.fit");
  expect(forgotten).toMatchObject({ states: ["FAIL", "FAIL"], failLine: lineOf("callbacks: [trialCallback(trial)]") });
  const tensor = await run(recorded, "returned tensor");
  expect(tensor).toMatchObject({ states: ["FAIL", "FAIL"], failLine: lineOf("returnedTensor") });
  expect(tensor.warnings.join("\n")).toContain("Read its number: (await tensor.data())[0].");

  const nothing = await run(recorded, "returned null");
  expect(nothing).toMatchObject({ states: ["FAIL", "FAIL"], failLine: lineOf("returnedNull") });
  expect(nothing.warnings[0]).toContain("The objective returned null instead of a number.");

  for (const name of [
    "accuracy",
    "loss",
    "error rate",
    "awaited later",
    "caught",
    "model",
    "reset model",
    "shared sgd",
    "loss of model.fit",
  ])
    expect
      .soft(await run(recorded, `${name} right`), name)
      .toEqual({ error: undefined, warnings: [], states: ["COMPLETE", "COMPLETE"], failLine: undefined });
  expect(recorded.logs.filter(({ level }) => level === "error")).toEqual([]);
});
