import { readFileSync } from "node:fs";
import assert from "node:assert/strict";
import type { Rng } from "../../src/engine/math/rng.js";
import { findStudies } from "../../src/source/study-finder.js";
import { type Attack, choose, pick } from "./attack.js";

/** A study file is read at each keystroke in the extension host: whatever it holds, that neither throws nor takes long. */
export const damagedSources: Attack = {
  name: "damaged sources",
  shortRounds: 300,
  share: 1,
  start: async () => {
    const originals = ["digits", "cifar10", "fashion-mnist"].map((name) =>
      readFileSync(new URL(`../../examples/${name}.study.ts`, import.meta.url), "utf8"),
    );
    return {
      async round({ rng }) {
        const text = damaged(choose(rng, originals), rng);
        const started = performance.now();
        const studies = findStudies(text, choose(rng, ["ts", "tsx", "js"] as const));
        const took = performance.now() - started;
        assert.ok(Array.isArray(studies));
        assert.ok(took < 1_000, `finding studies in ${text.length} characters took ${took.toFixed(0)} ms`);
      },
    };
  },
};

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
