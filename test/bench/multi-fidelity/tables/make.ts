/**
 * `npm run bench:curves`: trains again what `npm run bench:multi-fidelity` replays, the loss on the validation examples of configurations of each
 * search space over 27 epochs: on wasm, in one process, in one thread. 512 configurations take 3 to 6 minutes of one core per table. One that was
 * cut off goes on where it was, without the configuration that it was at: until its table is written, a table's curves are in `.cache/curves/`.
 *
 * Options: --tables a,b  --configurations N (default 512)
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { nopPruner } from "../../../../src/engine/pruners/none.js";
import { quasiRandom } from "../../../../src/engine/samplers/quasi-random.js";
import { createStudy } from "../../../../src/engine/study/create-study.js";
import { openStorage } from "../../../../src/storage/open.js";
import { fit } from "../../../../src/tensorflow/fit.js";
import { withSeededRandom } from "../../../../src/tensorflow/seed.js";
import { useBackend } from "../../../../src/tensorflow/backends/use-backend.js";
import { EPOCHS, type TableFile } from "../table.js";
import { trainings, type Training } from "./trainings.js";

const { values: options } = parseArgs({
  options: {
    tables: { type: "string", default: Object.keys(trainings).join() },
    configurations: { type: "string", default: "512" },
  },
});

/** The attribute of a trial that was not cut off. */
const TRAINED = "trained";
const unfinished = fileURLToPath(new URL("../../../../.cache/curves/", import.meta.url));

await useBackend("wasm", { threads: 1 });
mkdirSync(unfinished, { recursive: true });
for (const name of options.tables.split(",")) {
  const started = performance.now();
  const database = join(unfinished, `${name}.db`);
  const text = JSON.stringify(await tabulate(name, trainings[name]!, database));
  writeFileSync(new URL(`${name}.json.gz`, import.meta.url), gzipSync(text, { level: 9 }));
  rmSync(database);
  console.log(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

async function tabulate(
  name: string,
  { space, batchSize, data, model }: Training,
  database: string,
): Promise<TableFile> {
  const examples = await data();
  const sampler = quasiRandom({ scramble: true, seed: 1 });
  const storage = openStorage(`sqlite:///${database}`);
  const study = createStudy({ storage, name, loadIfExists: true, space, sampler, pruner: nopPruner(), seed: 1 });
  await study.optimize(
    (trial) =>
      // Each table is the same whenever it is made.
      withSeededRandom([trial.seed!], async () => {
        const network = model(trial.params);
        try {
          const history = await fit(trial, network, examples, { epochs: EPOCHS, batchSize });
          trial.setUserAttr(TRAINED, true);
          return history.last("val_loss");
        } finally {
          network.dispose();
        }
      }),
    { totalTrials: Number(options.configurations) },
  );
  const trials = study.trials.filter(({ userAttrs }) => TRAINED in userAttrs);
  storage.close();
  return {
    distributions: trials[0]!.distributions,
    points: trials.map(({ internalParams }) =>
      Object.keys(trials[0]!.distributions).map((name) => Number(internalParams[name]!.toPrecision(7))),
    ),
    losses: trials.map(({ intermediateValues }) =>
      Array.from({ length: EPOCHS }, (_, step) => told(intermediateValues.get(step))),
    ),
  };
}

/** JSON has neither NaN nor infinity. */
function told(loss: number | undefined): number | null {
  return loss !== undefined && Number.isFinite(loss) ? Number(loss.toPrecision(5)) : null;
}
