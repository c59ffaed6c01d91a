import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RetrainSummary } from "../../src/protocol/trainer.js";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

/** In the manner of well-known TensorFlow.js projects, each made small. */
const styles = [
  "iris",
  "abalone",
  "sentiment",
  "text-generation",
  "addition",
  "date-attention",
  "weather",
  "acgan",
  "vae",
  "dqn",
  "gpt",
  "transfer",
  "two-towers",
];

/** How far the losses of two backends may be apart, relative to them. */
const TOLERANCE = 1e-4;

const losses = ({ epochs }: Awaited<ReturnType<typeof recordedTrainer>>, trial: number) =>
  epochs.filter(({ number }) => number === trial).map(({ logs }) => Number(logs["loss"]));

describe("a study in the style of", () => {
  it.each(styles)(
    "%s reports, is pruned, learns alike on wasm and cpu, and its model is trained further",
    async (style) => {
      const file = `styles/${style}.study.ts`;
      const folder = studyFolder();
      const onWasm = await recordedTrainer(folder);
      const onCpu = await recordedTrainer(folder);
      const summary = await onWasm.run(file);
      expect(summary).toMatchObject({ counts: { COMPLETE: 1, PRUNED: 1, FAIL: 0 }, best: { number: 0 } });
      const [completed, pruned] = onWasm.trials(summary.study);
      const steps = completed!.intermediateValues.size;
      expect([...completed!.intermediateValues.keys()]).toEqual([...Array(steps).keys()]);
      expect(pruned!.intermediateValues.size).toBeLessThanOrEqual(steps);
      expect(losses(onWasm, 0)).toHaveLength(steps);

      await onCpu.run(file, { backend: "cpu", trials: 1, storage: "memory" });
      const [first, ...others] = losses(onCpu, 0);
      const [firstOnWasm, ...othersOnWasm] = losses(onWasm, 0);
      expect(Math.abs(first! - firstOnWasm!)).toBeLessThan(TOLERANCE * firstOnWasm!);
      expect(others).toHaveLength(othersOnWasm.length);

      const trained = await onWasm.trainer.functions.retrain({ file: join(folder, file), epochs: 1 });
      expect(trained).toMatchObject({ trial: 0, epochs: 1, model: expect.stringContaining("trial-0") });
      // By a process that has not made the model, and whose first training with it goes on where the other's ended.
      const further = await onCpu.trainer.functions.retrain({ file: join(folder, file), epochs: 1, continues: true });
      expect(further).toMatchObject({ trial: 0, epochsBefore: 1, model: expect.any(String) } satisfies Partial<
        Record<keyof RetrainSummary, unknown>
      >);
      const told = [...onWasm.logs, ...onCpu.logs].map(({ message }) => message);
      expect(told.filter((message) => !EXPECTED.test(message))).toEqual([]);
    },
  );
});

/** What a training further says, and that one epoch more may be one too many. */
const EXPECTED =
  /^Continuing the model in .* after 1 epoch\.$|is worse than .* of v1, which remains the best|The best was epoch/;
