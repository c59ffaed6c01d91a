import { writeFileSync } from "node:fs";
import type { SourceMap } from "node:module";
import { describe, expect, it } from "vitest";
import { until } from "../wait.js";
import { recordedTrainer } from "./recorded-trainer.js";
import { studyFolder } from "./study-folder.js";

describe("the user's TypeScript in a folder that has installed nothing", () => {
  it("loads modules: path aliases, enums, JSX, JSON, top-level await; stacks name the user's own lines", async () => {
    const { run, finished, folder } = await recordedTrainer(studyFolder());
    await expect(run("modules/modules.study.ts")).rejects.toMatchObject({
      code: "objective-failed",
      message: expect.stringContaining("only valleys"),
      location: { file: `${folder}/modules/library/shape.ts`, line: 9 },
      remoteStack: expect.stringContaining(`${folder}/modules/modules.study.ts:17:`),
    });
    const [first] = finished;
    expect(Number(first!.values![0])).toBeCloseTo(Number(first!.params.x) ** 2 + 3, 12);
  });

  it("loads CommonJS", async () => {
    const { run, finished } = await recordedTrainer(studyFolder());
    expect(await run("commonjs.study.cts")).toMatchObject({ study: "commonjs", reason: "trials" });
    expect(Number(finished[0]!.values![0])).toBeCloseTo(Number(finished[0]!.params.x) * 10, 12);
  });

  it("prunes in a folder that package.json calls CommonJS", async () => {
    const folder = studyFolder();
    writeFileSync(`${folder}/package.json`, `{ "type": "commonjs" }`);
    const { run, finished } = await recordedTrainer(folder);
    expect(await run("pruned.study.ts")).toMatchObject({ reason: "trials" });
    expect(finished.map(({ state }) => state)).toEqual(["COMPLETE", "PRUNED", "PRUNED"]);
  });

  it("names the line of a throw below enums and lines that are types only, and no frame of ours", async () => {
    const { run, trials } = await recordedTrainer(studyFolder());
    const error: unknown = await run("throws.study.ts").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ location: { line: 22, column: 35 } });
    expect((error as { remoteStack: string }).remoteStack).not.toMatch(/dist\/|src\/trainer/);
    expect(trials("throws")[1]!.systemAttrs.fail_reason).toMatch(/no train samples\n.*throws\.study\.ts:22:35/);
  });

  it("gives a debugger the source map of what runs", async () => {
    const { run, output } = await recordedTrainer(studyFolder(), ["--inspect=127.0.0.1:0"]);
    await until("the debugger listens", () => /ws:\S+/.test(output.stderr));
    const scripts = new Map<string, string>();
    const socket = new WebSocket(/ws:\S+/.exec(output.stderr)![0]);
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as { method?: string; params: { url: string; sourceMapURL: string } };
      if (message.method === "Debugger.scriptParsed") scripts.set(message.params.url, message.params.sourceMapURL);
    });
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    socket.send(JSON.stringify({ id: 1, method: "Debugger.enable" }));
    await run("throws.study.ts").catch(() => {});
    const found = () => [...scripts].find(([url]) => url.includes("throws.study.ts"));
    await until("the study's script is known", () => found() !== undefined);
    socket.close();
    const map = JSON.parse(Buffer.from(found()![1].split(",")[1]!, "base64").toString()) as ConstructorParameters<
      typeof SourceMap
    >[0];
    expect(map.sources[0]).toMatch(/throws\.study\.ts$/);
    expect(map.mappings).not.toBe("");
  });
});
