import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { SourceReader } from "../../src/extension/source-reader.js";
import { UnreadableSourceError } from "../../src/source/dialect.js";

const reader = new SourceReader(fileURLToPath(new URL("../../dist/source/source-worker.js", import.meta.url)), 500);
const STUDY =
  'import { defineStudy } from "tunelens";\nexport default defineStudy({ name: "a", objective: () => 1 });\n';
const trial = { study: "a", exportName: "default", number: 1, values: [1], endedAt: null, params: {}, paramNames: [] };

afterAll(() => reader.dispose());

describe("a study file is read without holding the extension host", () => {
  it("finds studies and writes one with constants", async () => {
    expect((await reader.findStudies(STUDY, "ts")).map(({ name }) => name)).toEqual(["a"]);
    expect(await reader.fixedStudy(STUDY, "ts", trial)).toContain('name: "a, trial 1"');
  });

  it.each([
    ["/*", 64],
    ["/*", 900],
    ["<", 64],
    ["class A {", 500],
    ["`${", 900],
    ["export default defineStudy(", 900],
    ["x", 5_000],
  ])("%j, repeated to %i kB, is given up in time, and the next text is read", async (piece, kilobytes) => {
    const text = STUDY + piece.repeat((kilobytes * 1024) / piece.length);
    const held = monitorEventLoopDelay({ resolution: 5 });
    held.enable();
    const started = performance.now();
    expect(Array.isArray(await reader.findStudies(text, "js"))).toBe(true);
    await reader
      .fixedStudy(text, "js", trial)
      .catch((error: unknown) => expect(error).toBeInstanceOf(UnreadableSourceError));
    held.disable();
    expect(performance.now() - started).toBeLessThan(10_000);
    // Of a machine that does other work, too; the text would take it for seconds.
    expect(held.max / 1e6).toBeLessThan(200);
    expect(await reader.findStudies(STUDY, "ts")).toHaveLength(1);
  });

  it("a text that has changed before its turn is not read", async () => {
    const outdated = new AbortController();
    const first = reader.findStudies(STUDY, "ts");
    const second = reader.findStudies(STUDY, "ts", outdated.signal);
    outdated.abort();
    expect(await first).toHaveLength(1);
    expect(await second).toHaveLength(0);
  });
});
