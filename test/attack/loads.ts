import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type Attack, choose } from "./attack.js";
import { describe, endAll, start } from "./commands.js";
import { damaged } from "./sources.js";
import { AttackedStudy, STUDY_FILE } from "./studied.js";

const LIMIT_MS = 30_000;

/** Nothing in it repeats, so that no damage makes it endless. */
const originals = [
  `import { defineStudy, float, int, random } from "tunelens";

const space = { x: float(0, 1), depth: int(1, 4) };

/** What it costs. */
function cost({ x, depth }) {
  const sum = x * depth;
  return \`\${sum}\`.length + sum;
}

export default defineStudy({
  name: "plain",
  space,
  sampler: random(),
  trials: 3,
  objective(trial) {
    trial.report(trial.params.x, 0);
    return cost(trial.params);
  },
});
`,
  `import { categorical, defineStudy, type Trial } from "tunelens";

enum Size { small = 1, large = 2 }
const sizes: Record<string, Size> = { small: Size.small, large: Size.large };

export const typed = defineStudy({
  name: "typed",
  space: { size: categorical(["small", "large"]) },
  trials: 2,
  objective: async (trial: Trial<{ readonly size: string }>): Promise<number> => {
    const size = sizes[trial.params.size]!;
    return size satisfies number;
  },
});
`,
];

/** Damaged study files are run by a training process: each ends soon, with an error that says file and line, and makes no database. */
export const loadedSources: Attack = {
  name: "sources that are run",
  shortRounds: 6,
  share: 1,
  lacks: () => (existsSync("/proc/self/environ") ? undefined : "a /proc to find processes in"),
  start: async () => ({
    async round({ rng, folder }) {
      const study = new AttackedStudy(folder, rng, { trials: 2 });
      const original = choose(rng, originals);
      const file = original === originals[0] ? STUDY_FILE : STUDY_FILE.replace(".js", ".ts");
      study.write(damaged(original, rng), file);
      const words = study.words.map((word) => (word === STUDY_FILE ? file : word));
      try {
        const { code, stdout, stderr } = await start(folder, words, { limit: LIMIT_MS }).finished;
        // Where no trial worked, it says that each has failed, and has done what it was asked for.
        if (code === 0 || stdout.includes(" finished after ")) return;
        assert.equal(code, 1, describe({ stdout, stderr }));
        assert.match(stderr, /^Error: /m);
        assert.ok(stderr.includes(file), `the error does not name the file: ${stderr}`);
        if (!/ defines /.test(stderr))
          assert.match(stderr, /attacked\.study\.[jt]s:\d+/, "the error does not name the line");
        assert.doesNotMatch(stderr, /\/(dist|src|node_modules)\/.*:\d+/, "frames that are not the user's");
        const ran = stdout.includes("Study ");
        if (!ran) assert.ok(!existsSync(study.database), `a database was made, though nothing ran: ${stderr}`);
      } finally {
        endAll(folder);
      }
    },
  }),
};
