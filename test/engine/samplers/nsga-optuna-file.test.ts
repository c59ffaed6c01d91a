import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SeededRng } from "../../../src/engine/math/rng.js";
import { survivorsByCrowding } from "../../../src/engine/samplers/genetic/survival.js";
import { nsga2 } from "../../../src/engine/samplers/nsga2.js";
import { loadStudy } from "../../../src/engine/study/load-study.js";
import { openSqliteStorage, type SqliteStorage } from "../../../src/storage/sqlite/sqlite-storage.js";
import { temporaryFolder } from "../../temporary-folder.js";

/** Three generations of eight, by Optuna's NSGAIISampler. */
const variety = fileURLToPath(new URL("../../fixtures/optuna/variety.db", import.meta.url));

let folder: string;
let storage: SqliteStorage;
beforeEach(() => {
  folder = temporaryFolder();
  copyFileSync(variety, join(folder, "studies.db"));
  storage = openSqliteStorage(join(folder, "studies.db"));
});
afterEach(() => {
  storage.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a study that Optuna's NSGA-II began", () => {
  const load = () => loadStudy({ storage, name: "nsga2", sampler: nsga2({ populationSize: 8 }), seed: 1 });
  const attrs = () => storage.getStudy(load().id).systemAttrs;

  it("had the parents that ours would have chosen", () => {
    const study = load();
    const generation = (g: number) => study.trials.filter((t) => t.systemAttrs["NSGAIISampler:generation"] === g);
    const chosen = (population: ReturnType<typeof generation>) =>
      survivorsByCrowding(population, study.directions, 8, new SeededRng(0)).map(({ id }) => id);
    const first = attrs()["NSGAIISampler:parent:1"] as number[];
    expect(chosen(generation(0))).toEqual(first);
    const before = study.trials.filter(({ id }) => first.includes(id));
    expect(chosen([...generation(1), ...before])).toEqual(attrs()["NSGAIISampler:parent:2"]);
  });

  it("goes on with its fourth generation", () => {
    const study = load();
    const trial = study.ask();
    for (const [name, { low, high }] of Object.entries(rangesOf(study.trials[0]!.distributions)))
      trial.suggestFloat(name, low, high);
    expect(study.trials.at(-1)!.systemAttrs["NSGAIISampler:generation"]).toBe(3);
    expect(attrs()["NSGAIISampler:parent:3"]).toHaveLength(8);
  });
});

function rangesOf(distributions: ReturnType<typeof loadStudy>["trials"][number]["distributions"]) {
  return Object.fromEntries(
    Object.entries(distributions).map(([name, distribution]) => {
      if (distribution.type !== "float") throw new Error(`${name} is no float`);
      return [name, distribution];
    }),
  );
}
