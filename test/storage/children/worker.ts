import { copyStudy } from "../../../src/engine/study/copy-study.js";
import { categoricalDistribution, floatDistribution } from "../../../src/engine/distribution.js";
import { DuplicateStudyError } from "../../../src/engine/errors.js";
import { random } from "../../../src/engine/samplers/random.js";
import { loadStudy } from "../../../src/engine/study/load-study.js";
import type { Trial } from "../../../src/engine/trial/trial.js";
import { openSqliteStorage } from "../../../src/storage/sqlite/sqlite-storage.js";

/** Usage: worker.ts PATH create|claim|optimize|start|study|copy COUNT [STUDY]; waits for a line on stdin, then prints the numbers or ids it got as JSON. */
const [path = "", task, count = "0", studyName = "shared"] = process.argv.slice(2);

function createTrials(): number[] {
  const storage = openSqliteStorage(path);
  const study = storage.findStudy(studyName)!;
  const numbers: number[] = [];
  for (let i = 0; i < Number(count); i++) {
    const { id, number } = storage.createTrial(study);
    storage.setTrialParam(id, "x", i / Number(count), floatDistribution(0, 1));
    storage.setTrialParam(id, "c", i % 2, categoricalDistribution(["a", "b"]));
    storage.setTrialIntermediateValue(id, 0, i);
    storage.getTrials(study);
    storage.setTrialState(id, "COMPLETE", [i]);
    numbers.push(number);
  }
  storage.close();
  return numbers;
}

function claimTrials(): number[] {
  const storage = openSqliteStorage(path);
  const study = storage.findStudy(studyName)!;
  const ids: number[] = [];
  for (let id = storage.claimWaitingTrial(study); id !== undefined; id = storage.claimWaitingTrial(study)) {
    storage.setTrialState(id, "COMPLETE", [id]);
    ids.push(id);
  }
  storage.close();
  return ids;
}

/** Until the study has COUNT trials, of which each that starts is finished only when the next one has been asked for. */
function startTrials(): number[] {
  const storage = openSqliteStorage(path);
  const study = storage.findStudy(studyName)!;
  const ids: number[] = [];
  for (let id = storage.startTrial(study, Number(count)); id !== undefined;) {
    const next = storage.startTrial(study, Number(count));
    storage.setTrialState(id, "COMPLETE", [id]);
    ids.push(id);
    id = next;
  }
  storage.close();
  return ids;
}

/** Trials as a study runs them: those that wait first. */
async function optimize(): Promise<number[]> {
  const storage = openSqliteStorage(path);
  const study = loadStudy({ storage, name: studyName, sampler: random() });
  const numbers: number[] = [];
  const objective = async (trial: Trial): Promise<number> => {
    numbers.push(trial.number);
    const x = trial.suggestFloat("x", 0, 1);
    trial.setUserAttr("ours", process.pid);
    trial.report(x, 0);
    return x;
  };
  await study.optimize(objective, { trials: Number(count) });
  storage.close();
  return numbers;
}

function createStudies(): number[] {
  const storage = openSqliteStorage(path);
  const ids = Array.from({ length: Number(count) }, (_, i) => {
    try {
      return storage.createStudy(`study ${i}`, ["minimize"]);
    } catch (error) {
      if (!(error instanceof DuplicateStudyError)) throw error;
      return 0;
    }
  });
  storage.close();
  return ids.filter((id) => id > 0);
}

function copyStudies(): number[] {
  const storage = openSqliteStorage(path);
  const copy = (i: number) =>
    copyStudy({ name: studyName, from: storage, to: storage, newName: `copy ${process.pid} ${i}` }).id;
  const ids = Array.from({ length: Number(count) }, (_, i) => copy(i));
  storage.close();
  return ids;
}

const tasks: Record<string, () => number[] | Promise<number[]>> = {
  create: createTrials,
  claim: claimTrials,
  optimize,
  start: startTrials,
  study: createStudies,
  copy: copyStudies,
};
process.stdout.write("ready\n");
process.stdin.once("data", () => {
  void (async () => {
    process.stdout.write(`${JSON.stringify(await tasks[task!]!())}\n`);
    process.stdin.destroy();
  })();
});
