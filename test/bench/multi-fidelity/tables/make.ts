/**
 * `npm run bench:curves`: trains again what `npm run bench:multi-fidelity` replays, the loss on the validation examples of configurations of each
 * search space over 27 epochs: on wasm, in one process, in one thread. 512 configurations take 3 to 6 minutes of one core per table.
 *
 * Options: --tables a,b  --configurations N (default 512)
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { nopPruner } from "../../../../src/engine/pruners/none.js";
import { quasiRandom } from "../../../../src/engine/samplers/quasi-random.js";
import { createStudy } from "../../../../src/engine/study/create-study.js";
import { MemoryStorage } from "../../../../src/storage/memory.js";
import { fit } from "../../../../src/tensorflow/fit.js";
import { useBackend } from "../../../../src/tensorflow/backends/use-backend.js";
import { EPOCHS, type TableFile } from "../table.js";
import { trainings, type Training } from "./trainings.js";

const { values: options } = parseArgs({
  options: {
    tables: { type: "string", default: Object.keys(trainings).join() },
    configurations: { type: "string", default: "512" },
  },
});

await useBackend("wasm", { threads: 1 });
for (const name of options.tables.split(",")) {
  const started = performance.now();
  const text = JSON.stringify(await tabulate(trainings[name]!));
  writeFileSync(new URL(`${name}.json.gz`, import.meta.url), gzipSync(text, { level: 9 }));
  console.log(`${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

async function tabulate({ space, batchSize, data, model }: Training): Promise<TableFile> {
  const examples = await data();
  const sampler = quasiRandom({ scramble: true, seed: 1 });
  const study = createStudy({ storage: new MemoryStorage(), space, sampler, pruner: nopPruner(), seed: 1 });
  await study.optimize(
    async (trial) => {
      const network = model(trial.params);
      try {
        const history = await fit(trial, network, examples, { epochs: EPOCHS, batchSize });
        return history.last("val_loss");
      } finally {
        network.dispose();
      }
    },
    { trials: Number(options.configurations) },
  );
  const { trials } = study;
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
