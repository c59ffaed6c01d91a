import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadStudy } from "../../src/engine/study/load-study.js";
import { openStorage } from "../../src/storage/open.js";
import { findPython } from "../storage/children/find-python.js";
import { tunelens } from "./command.js";
import { temporaryFolder } from "../temporary-folder.js";

const SPACE = JSON.stringify({
  x: { name: "FloatDistribution", attributes: { low: -1, high: 1, log: false, step: null } },
  n: { name: "IntDistribution", attributes: { low: 1, high: 8, log: true, step: 1 } },
  kind: { name: "CategoricalDistribution", attributes: { choices: ["a", "b", 3, null, true] } },
});

/** What a command writes, which must end well and say nothing on standard error. */
async function written(folder: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await tunelens(folder, ...args, "--storage", "s.db");
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
  return stdout;
}

interface Asked {
  readonly number: number;
  readonly params: Readonly<Record<string, unknown>>;
}

const json = async <Result>(folder: string, ...args: string[]) => JSON.parse(await written(folder, ...args)) as Result;

describe("a study that is asked and told in the terminal", () => {
  it("is made, asked, told, given attributes and listed, also as JSON", async () => {
    const folder = temporaryFolder();
    expect(await written(folder, "create", "s")).toBe("s\n");
    expect(await tunelens(folder, "create", "s", "--storage", "s.db")).toMatchObject({ code: 1 });
    expect(await written(folder, "create", "s", "--skip-if-exists")).toBe("s\n");
    const asked = await json<Asked>(folder, "ask", "s", "--search-space", SPACE, "--seed", "1");
    expect(asked).toMatchObject({ number: 0, params: { x: expect.any(Number), n: expect.any(Number) } });
    expect(Object.keys(asked.params)).toEqual(["x", "n", "kind"]);
    await written(folder, "set-attr", "--trial", "0", "--key", "host", "--value", "gpu-1");
    await written(folder, "set-attr", "--key", "note", "--value", '{"by": [1, null]}');
    expect(await written(folder, "tell", "--trial", "0", "--values", "-0.5")).toBe('Trial 0 of "s" is COMPLETE.\n');
    await written(folder, "ask", "--search-space", SPACE);
    await written(folder, "tell", "--trial", "1", "--state", "fail");
    await written(folder, "tell", "--trial", "1", "--values", "3", "--skip-if-finished");
    expect(await json(folder, "best", "--json")).toMatchObject({
      study: "s",
      directions: ["minimize"],
      trials: [{ number: 0, state: "COMPLETE", values: [-0.5], params: asked.params, user_attrs: { host: "gpu-1" } }],
    });
    expect(await json(folder, "studies", "--json")).toEqual([
      {
        name: "s",
        directions: ["minimize"],
        state: "not-running",
        end_error: null,
        metric_names: null,
        trials: 2,
        counts: { complete: 1, paused: 0, pruned: 0, fail: 1, stopped: 0, running: 0, waiting: 0 },
        best: [{ number: 0, values: [-0.5] }],
        datetime_start: expect.stringMatching(/^\d{4}-.*Z$/),
        user_attrs: { note: { by: [1, null] } },
        error: null,
      },
    ]);
  });

  it("has a Pareto front for several objectives, infinities among its values", async () => {
    const folder = temporaryFolder();
    await written(folder, "create", "two", "--directions", "minimize", "maximize");
    for (const values of [
      ["1", "1"],
      ["2", "inf"],
      ["3", "0"],
    ]) {
      const { number } = await json<Asked>(folder, "ask");
      await written(folder, "tell", "--trial", String(number), "--values", ...values);
    }
    const { trials } = await json<{ trials: { number: number; values: unknown }[] }>(folder, "best", "--json");
    expect(trials.map(({ number, values }) => [number, values])).toEqual([
      [0, [1, 1]],
      [1, [2, "Infinity"]],
    ]);
    expect(await written(folder, "best")).toContain(
      'The Pareto front of "two": 2 trials that no other trial beats in every objective',
    );
  });

  it("takes trials that are enqueued: their values are checked, the others are sampled", async () => {
    const folder = temporaryFolder();
    await written(folder, "create", "s");
    await written(folder, "ask", "--search-space", SPACE);
    expect(await written(folder, "enqueue", "s", "--params", '{"x": 0.25, "kind": null}')).toBe(
      'Enqueued a trial of "s": x=0.25, kind=null\n',
    );
    expect(await json(folder, "ask", "--search-space", SPACE)).toMatchObject({
      number: 1,
      params: { x: 0.25, kind: null, n: expect.any(Number) },
    });
    const refused = async (params: string) =>
      (await tunelens(folder, "enqueue", "s", "--storage", "s.db", "--params", params)).stderr;
    expect(await refused('{"x": 2}')).toMatch(/^Error: Study "s": 2 is not a value of "x", which is .*-1.*1/);
    expect(await refused('{"y": 2}')).toBe(
      'Error: Study "s": no trial has a parameter "y". The trials have: x, n, kind.\n',
    );
    expect(await refused("x=2")).toMatch(/^Error: --params is not valid JSON: /);
    expect(await refused("[2]")).toMatch(/^Error: --params must be an object: /);
    expect(await json(folder, "studies", "--json")).toMatchObject([{ trials: 2, counts: { waiting: 0 } }]);
  });

  it.each([
    [["ask", "--search-space", "{"], /--search-space is not valid JSON/],
    [["ask", "--search-space", "[]"], /--search-space must be an object/],
    [
      ["ask", "--search-space", '{"x": {"name": "No", "attributes": {}}}'],
      /parameter "x": .*"No" is not a distribution/,
    ],
    [["tell", "--trial", "7", "--values", "1"], /has no trial 7/],
    [["tell", "--trial", "0", "--values", "1", "2", "--state", "complete"], /trial 0: .*2/],
    [["set-attr", "--trial", "7", "--key", "k", "--value", "1"], /has no trial 7/],
    [["ask", "other"], /There is no study "other"/],
  ] as const)("%j is refused by name", async (args, reason) => {
    const folder = temporaryFolder();
    await written(folder, "create", "s");
    await written(folder, "ask");
    const { code, stdout, stderr } = await tunelens(folder, ...args, "--storage", "s.db");
    expect(stderr).toMatch(reason);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  it("is written without a character that acts on the terminal, and read as it is called", async () => {
    const folder = temporaryFolder();
    const name = "a\u001b]52;c;x\u0007\u009b2J\u202e\u2028\u{e0041}ü";
    await written(folder, "create", name);
    const { number } = await json<Asked>(folder, "ask");
    const told = await written(folder, "tell", "--trial", String(number), "--values", "1");
    const listed = await written(folder, "studies", "--json");
    for (const text of [told, listed]) expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\u2028]/u);
    expect(JSON.parse(listed)).toMatchObject([{ name }]);
  });

  it("is not made by who asks", async () => {
    const folder = temporaryFolder();
    expect(await tunelens(folder, "ask", "--storage", "s.db")).toMatchObject({ code: 1 });
    expect(existsSync(join(folder, "s.db"))).toBe(false);
  });
});

it("the importances are listed as JSON", async () => {
  const folder = temporaryFolder();
  await written(folder, "create", "s");
  for (let i = 0; i < 6; i++) {
    const { number, params } = await json<Asked>(folder, "ask", "--search-space", SPACE, "--sampler", "random");
    await written(folder, "tell", "--trial", String(number), "--values", String(params["x"]));
  }
  const listed = await json<{ importances: { name: string; importance: number; interval: unknown }[] }>(
    folder,
    "importances",
    "--json",
  );
  expect(listed).toMatchObject({ study: "s", evaluator: "ped-anova", trials: 6 });
  expect(listed.importances.map(({ name }) => name).sort()).toEqual(["kind", "n", "x"]);
  expect(listed.importances.reduce((sum, { importance }) => sum + importance, 0)).toBeCloseTo(1);
});

const python = findPython();

/** Optuna's own command line, whose `ask` and `tell` warn that they are experimental. */
function optuna(folder: string, ...args: string[]): string {
  const program = "import sys; from optuna.cli import main; sys.exit(main())";
  const options = ["--storage", "sqlite:///s.db", "--quiet"];
  return execFileSync(python!, ["-W", "ignore", "-c", program, ...args, ...options], { cwd: folder, encoding: "utf8" });
}

describe.skipIf(!python)("with Optuna's command line", () => {
  it("a trial that one asks for is told by the other", async () => {
    const folder = temporaryFolder();
    await written(folder, "create", "s", "--directions", "maximize");
    const ours = await json<Asked>(folder, "ask", "s", "--search-space", SPACE);
    optuna(folder, "tell", "--study-name", "s", "--trial-number", String(ours.number), "--values", "0.25");
    const theirs = JSON.parse(optuna(folder, "ask", "--study-name", "s", "--search-space", SPACE)) as Asked;
    expect(theirs.number).toBe(1);
    await written(folder, "tell", "s", "--trial", "1", "--values", "0.75");
    const best = JSON.parse(optuna(folder, "best-trial", "--study-name", "s", "-f", "json")) as object;
    expect(best).toMatchObject({ number: 1, state: "COMPLETE", params: theirs.params });
    const storage = openStorage("s.db", { cwd: folder, readOnly: true });
    const { trials } = loadStudy({ storage, name: "s" });
    expect(trials.map(({ state, values, params }) => ({ state, values, params }))).toEqual([
      { state: "COMPLETE", values: [0.25], params: ours.params },
      { state: "COMPLETE", values: [0.75], params: theirs.params },
    ]);
    storage.close();
  });

  it("a study that Optuna makes is asked, and one of ours has its attributes", async () => {
    const folder = temporaryFolder();
    optuna(folder, "create-study", "--study-name", "theirs");
    expect(await json(folder, "ask", "theirs", "--search-space", SPACE)).toMatchObject({ number: 0 });
    await written(folder, "set-attr", "theirs", "--key", "k", "--value", "v");
    const listed = JSON.parse(optuna(folder, "trials", "--study-name", "theirs", "-f", "json")) as object[];
    expect(listed).toMatchObject([{ number: 0, state: "RUNNING" }]);
    expect(await json(folder, "studies", "--json")).toMatchObject([{ name: "theirs", user_attrs: { k: "v" } }]);
  });
});
