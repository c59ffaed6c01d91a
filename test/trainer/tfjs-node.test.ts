import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

describe("a study that was written for tfjs-node", () => {
  it("trains on the one TensorFlow.js: saves and loads by file://, and writes for TensorBoard", async () => {
    const { run, trials, folder } = await recordedTrainer(studyFolder());
    expect(await run("tfjs-node/imported.study.ts")).toMatchObject({ counts: { COMPLETE: 1 } });
    expect(trials("imported")[0]!.userAttrs).toEqual({ same: true, one: true });
    const [events] = globSync("logs/train/events.out.tfevents.*", { cwd: folder });
    const text = readFileSync(join(folder, events!), "latin1");
    expect(text).toContain("brain.Event:2");
    expect(text.match(/batch_loss/g)).toHaveLength(2);
    expect(text.match(/epoch_loss/g)).toHaveLength(2);
  });

  it("says what only the native library can do, and in which line it is asked to", async () => {
    const { run } = await recordedTrainer(studyFolder());
    await expect(run("tfjs-node/imported.study.ts", { trials: 2 })).rejects.toMatchObject({
      code: "needs-tfjs-node",
      message: expect.stringMatching(
        /trial 1 failed \(.*imported\.study\.ts:22\): tf\.node\.decodeGif\(\) .* npm install @tensorflow\/tfjs-node, .*backend: "tfjs-node".* PNG and JPEG are decoded without it\./,
      ),
    });
  });

  it("may require either package, as late as it likes, and files of it by their paths", async () => {
    const { run, trials } = await recordedTrainer(studyFolder());
    expect(await run("tfjs-node/required.study.cjs", { trials: 2, backend: "cpu" })).toMatchObject({
      counts: { COMPLETE: 2 },
    });
    const expected = { backend: "cpu", node: true, byPath: true };
    expect(trials("required").map(({ userAttrs }) => userAttrs)).toEqual([expected, expected]);
    await expect(run("tfjs-node/required.study.cjs", { trials: 3, backend: "cpu" })).rejects.toMatchObject({
      message: expect.stringMatching(
        /required\.study\.cjs:16.*Cannot find dist\/nodejs_kernel_backend of @tensorflow\/tfjs-node, which only the native package has\. Import what you need from "@tensorflow\/tfjs-node"/s,
      ),
    });
  });
});
