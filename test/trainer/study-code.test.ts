import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Inspector } from "../../src/inspector/inspector.js";
import { PROTOCOL_VERSION } from "../../src/protocol/wire.js";
import { openStorage } from "../../src/storage/open.js";
import { readCodeName } from "../../src/storage/stored-code.js";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

/** A study that ran two trials; `edit` changes its file, `resume` runs it for one more. */
async function ranStudy() {
  const folder = studyFolder();
  const file = join(folder, "quadratic.study.ts");
  await (await recordedTrainer(folder)).run("quadratic.study.ts", { trials: 2 });
  return {
    folder,
    edit: (change: (text: string) => string) => writeFileSync(file, change(readFileSync(file, "utf8"))),
    async resume(trials: number, request = {}) {
      const resumed = await recordedTrainer(folder);
      await resumed.run("quadratic.study.ts", { trials, ...request });
      return resumed.logs.map(({ message }) => message).filter((message) => message.includes("has changed since its"));
    },
    trials: async () => (await recordedTrainer(folder)).trials("quadratic").length,
  };
}

describe("the code of a study", () => {
  it("is stored, and each trial names the one it ran, in processes that join, too", async () => {
    const { folder, edit, resume } = await ranStudy();
    const inspector = new Inspector({ reading: () => {}, storageChanged: () => {} }, () => {});
    await inspector.initialize({ protocol: PROTOCOL_VERSION, cwd: folder });
    const url = "sqlite:///.tunelens/studies.db";
    const code = async (trial: number) => (await inspector.getTrial(url, "quadratic", trial)).code;
    edit((text) => text.replace("objective", "catch: true,\n  objective"));
    await resume(3);
    await resume(4, { joins: true });
    expect([await code(1), await code(3)]).toEqual([await code(0), await code(2)]);
    expect(await inspector.compareCode(url, "quadratic", 0, 1)).toMatchObject({ files: [] });
    expect(await inspector.compareCode(url, "quadratic", 0, 2)).toMatchObject({
      from: await code(0),
      to: await code(2),
      files: [{ name: "quadratic.study.ts", lines: { added: 1, removed: 0 } }],
    });
    const stored = (await inspector.getCode(url, "quadratic", null))!;
    expect(stored.name).toBe(await code(2));
    expect(stored.files[0]!.text).toBe(readFileSync(join(folder, "quadratic.study.ts"), "utf8"));
    inspector.close();
  });

  it("is not stored where the request says so, but trials still name what they ran, and a change is noticed", async () => {
    const folder = studyFolder();
    const file = join(folder, "quadratic.study.ts");
    const run = async (trials: number) => {
      const { run, logs } = await recordedTrainer(folder);
      await run("quadratic.study.ts", { trials, storesCode: false });
      return logs.map(({ message }) => message);
    };
    expect(await run(1)).toEqual([]);
    writeFileSync(file, readFileSync(file, "utf8").replace("objective", "catch: true,\n  objective"));
    expect(await run(2)).toContainEqual(expect.stringContaining("has changed since its 1 earlier trial"));
    const storage = openStorage(`sqlite:///${join(folder, ".tunelens/studies.db")}`);
    const { systemAttrs, id } = storage.getStudy(storage.findStudy("quadratic")!);
    const trials = storage.getTrials(id);
    storage.close();
    expect(Object.keys(systemAttrs).filter((key) => /^tunelens:(code:|source:)/.test(key))).toEqual([]);
    const [first, second] = trials.map((trial) => readCodeName(trial.systemAttrs));
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(second).not.toBe(first);
  });
});

describe("a study whose code has changed", () => {
  it("says so once when it goes on", async () => {
    const { edit, resume } = await ranStudy();
    expect(await resume(3)).toEqual([]);
    edit((text) => text.replace("objective", "catch: true, objective"));
    expect(await resume(4)).toEqual([
      'The code of study "quadratic" has changed since its 3 earlier trials: quadratic.study.ts. The study continues, but new trials ' +
        "may not be comparable with the earlier ones. To start over, stop it and rename the study in its file.",
    ]);
    expect(await resume(5)).toEqual([]);
  });

  it("is asked about where the request says so, before anything is changed", async () => {
    const { edit, resume, trials } = await ranStudy();
    edit((text) => text.replace("objective", "catch: true, objective"));
    for (let i = 0; i < 2; i++)
      await expect(resume(3, { asksOfChangedCode: true })).rejects.toMatchObject({ code: "study-code-changed" });
    expect(await trials()).toBe(2);
    expect(await resume(3)).toHaveLength(1);
    expect(await resume(4, { asksOfChangedCode: true })).toEqual([]);
  });

  it("is none where only comments and formatting did", async () => {
    const { edit, resume } = await ranStudy();
    edit((text) => `// A comment.\n\n${text.replaceAll(", ", ",  ")}\n/* Another. */\n`);
    expect(await resume(3, { asksOfChangedCode: true })).toEqual([]);
  });

  it("is none where its import did not change, and one where it did", async () => {
    const { folder, edit, resume } = await ranStudy();
    writeFileSync(join(folder, "bounds.ts"), "export const low = 0;");
    edit((text) => `import { low } from "./bounds.js";\nconsole.log(low);\n${text}`);
    expect((await resume(3))[0]).toContain(": quadratic.study.ts, bounds.ts. The study continues");
    expect(await resume(4)).toEqual([]);
    writeFileSync(join(folder, "bounds.ts"), "export const low = 1;");
    expect((await resume(5))[0]).toContain(": bounds.ts. The study continues");
  });

  it("is none for a process that joins a run", async () => {
    const { edit, resume } = await ranStudy();
    edit((text) => text.replace("objective", "catch: true, objective"));
    expect(await resume(3, { joins: true, asksOfChangedCode: true })).toEqual([]);
  });
});
