import { afterAll, describe, expect, it } from "vitest";
import { SourceReader } from "../../src/extension/source-reader.js";
import { UnreadableSourceError } from "../../src/source/dialect.js";
import { program } from "../programs.js";

const reader = new SourceReader(program("source/source-worker"), 500);
const STUDY =
  'import { defineStudy } from "tunelens";\nexport default defineStudy({ name: "a", objective: () => 1 });\n';
const trial = { study: "a", exportName: "default", number: 1, values: [1], endedAt: null, params: {}, paramNames: [] };

afterAll(() => reader.dispose());

/** Holds that the answer comes from outside this thread: one that this thread computes is there before its event loop goes on. */
async function answerFromOutside<Answer>(reading: Promise<Answer>): Promise<Answer> {
  let isAnswered = false;
  const answer = reading.finally(() => (isAnswered = true));
  await new Promise<void>((resolve) => process.nextTick(resolve));
  expect(isAnswered).toBe(false);
  return answer;
}

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
    await reader.findStudies(STUDY, "ts");
    expect(Array.isArray(await answerFromOutside(reader.findStudies(text, "js")))).toBe(true);
    const fixed = reader.fixedStudy(text, "js", trial);
    await answerFromOutside(fixed.catch((error: unknown) => expect(error).toBeInstanceOf(UnreadableSourceError)));
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
