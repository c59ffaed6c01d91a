import { defineStudy } from "../../../src/engine/study/define-study.js";
import { openStudy } from "../../../src/engine/study/open-study.js";
import { random } from "../../../src/engine/samplers/random.js";
import { float } from "../../../src/engine/space.js";
import { openSqliteStorage } from "../../../src/storage/sqlite/sqlite-storage.js";
import { WORKER_KEY, workerIdentity } from "../../../src/storage/worker-identity.js";

/** Usage: small-study.ts PATH [TRIALS]; runs the study of crash-points.test.ts. */
const [path = "", trials = "4"] = process.argv.slice(2);
const storage = openSqliteStorage(path);
const definition = defineStudy({
  name: "small",
  space: { x: float(0, 1) },
  sampler: random(),
  enqueue: [{ x: 0.25 }, { x: 0.75 }],
  objective: (trial) => {
    trial.report(trial.params.x, 0);
    return trial.params.x;
  },
});
const { study } = openStudy(definition, { storage });
await study.optimize(definition.objective, {
  totalTrials: Number(trials),
  systemAttrs: { [WORKER_KEY]: workerIdentity() },
});
storage.close();
