import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import type { Rng } from "../../src/engine/math/rng.js";
import { SourceReader } from "../../src/extension/source-reader.js";
import { UnreadableSourceError } from "../../src/source/dialect.js";
import { type Attack, choose, pick } from "./attack.js";

/** Half a second for a text, so that a long run sees many. */
const LIMIT_MS = 500;
/** On a machine that does other work, too: reading a text that holds it takes seconds. */
const LONGEST_HOLD_MS = 300;

/** A study file is read at each keystroke, by the extension host: whatever it holds, the host goes on, and has an answer soon. */
export const damagedSources: Attack = {
  name: "damaged sources",
  shortRounds: 300,
  share: 1,
  start: async () => {
    const originals = ["digits", "cifar10", "fashion-mnist"].map((name) =>
      readFileSync(new URL(`../../examples/${name}.study.ts`, import.meta.url), "utf8"),
    );
    const reader = new SourceReader(
      fileURLToPath(new URL("../../dist/source/source-worker.js", import.meta.url)),
      LIMIT_MS,
    );
    return {
      async round({ rng }) {
        const original = choose(rng, originals);
        const text = pick(rng, 20) === 0 ? original + repeated(rng) : damaged(original, rng);
        const dialect = choose(rng, ["ts", "tsx", "js"] as const);
        const held = monitorEventLoopDelay({ resolution: 5 });
        held.enable();
        const started = performance.now();
        assert.ok(Array.isArray(await reader.findStudies(text, dialect)));
        if (pick(rng, 4) === 0) await asCode(reader, text, dialect, rng);
        const took = performance.now() - started;
        held.disable();
        const what = `reading ${text.length} characters (${JSON.stringify(text.slice(-20))})`;
        assert.ok(held.max / 1e6 < LONGEST_HOLD_MS, `${what} held the host for ${(held.max / 1e6).toFixed(0)} ms`);
        assert.ok(took < 10_000, `${what} took ${took.toFixed(0)} ms`);
      },
      async end() {
        reader.dispose();
      },
    };
  },
};

async function asCode(reader: SourceReader, text: string, dialect: "ts" | "tsx" | "js", rng: Rng): Promise<void> {
  const study = choose(rng, ["digits", "cifar10", "fashion-mnist"]);
  const params = { rate: 0.1, units: 32, optimizer: "adam" };
  const trial = { study, exportName: "default", number: 1, values: [0.5], endedAt: null, params };
  try {
    const code = await reader.fixedStudy(text, dialect, { ...trial, paramNames: Object.keys(params) });
    assert.ok(code === null || typeof code === "string");
  } catch (error) {
    if (!(error instanceof UnreadableSourceError)) throw error;
  }
}

/** What costs a parser most: the same piece again and again, 1 kB to 1 MB of it. */
function repeated(rng: Rng): string {
  const pieces = [
    "/*",
    "//",
    "(",
    "[",
    "{",
    "`${",
    "`",
    "<",
    "<a",
    "<a>",
    "a<",
    "a<b>(",
    "(a)=>",
    "a?b:",
    "a?",
    "!",
    "- ",
    "@a ",
  ];
  const words = [
    "class A {",
    "export const a = defineStudy({",
    "import {",
    "async ",
    "new ",
    "if(a)",
    "a.",
    "a,",
    "\\u{",
    "'",
    '"',
  ];
  const piece = choose(rng, [...pieces, ...words]) + choose(rng, ["", "", "", " ", "\n", choose(rng, pieces)]);
  return piece.repeat(Math.ceil(2 ** (10 + rng.next() * 10) / piece.length));
}

/** One to five of: a part removed, a part doubled, a bracket or a quote put in, a character replaced, the end cut off. */
export function damaged(text: string, rng: Rng): string {
  const steps = 1 + pick(rng, 5);
  let result = text;
  for (let step = 0; step < steps; step++) {
    const at = pick(rng, result.length + 1);
    const to = Math.min(result.length, at + pick(rng, 200));
    const [head, middle, tail] = [result.slice(0, at), result.slice(at, to), result.slice(to)];
    result = choose<() => string>(rng, [
      () => head + tail,
      () => head + middle + middle + tail,
      () =>
        head +
        choose(rng, ["{", "}", "(", ")", "`", '"', "'", "/*", "${", "<", "\0", "\u202e", "\ud800"]) +
        middle +
        tail,
      () => head + String.fromCharCode(pick(rng, 0x10000)) + middle.slice(1) + tail,
      () => head,
    ])();
  }
  return result;
}
