import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadStudy } from "../../src/engine/study/load-study.js";
import { formatStorageUrl } from "../../src/protocol/storage-url.js";
import { openStorage } from "../../src/storage/open.js";
import { hostileNames } from "../hostile-names.js";
import { tunelens } from "./command.js";
import { temporaryFolder } from "../temporary-folder.js";
import { until } from "../wait.js";

const MODULES = `import { defineStudy, float } from "tunelens";
import { half } from "./parts";

export default defineStudy({
  name: "s",
  space: { x: float(0, 1) },
  trials: 2,
  catch: true,
  objective: (trial) => {
    if (trial.number === 1) throw new Error("the second one");
    return half(trial.params.x);
  },
});
`;
const commonJs = MODULES.replace("import { defineStudy, float }", "const { defineStudy, float } =")
  .replace('from "tunelens"', 'require("tunelens")')
  .replace('import { half } from "./parts"', 'const { half } = require("./parts")')
  .replace("export default", "module.exports =");
const PARTS = "export const half = (x: number): number => x / 2;\n";

/** A folder of this name, in one of its own. */
function folderNamed(name: string): string {
  const parent = temporaryFolder();
  const folder = join(parent, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "parts.ts"), PARTS);
  return folder;
}

/** What a loader or a URL takes apart, or what is special at a name's beginning, could hide the rest. */
const alone = hostileNames.filter((name) => /[?#%\\:]|^[ .~-]/.test(name));
const together = hostileNames.filter((name) => !alone.includes(name)).join("");
const named = [...alone, together].map((name) => [JSON.stringify(name), name] as const);

describe.each([
  ["modules", ".study.ts", MODULES, /[?\\\\]/],
  ["CommonJS", ".study.cts", commonJs, /\?/],
])("a study in %s", (_, ending, source, notLoadable) => {
  it.each(named)("runs in a folder, from a file and with a database of the name %s", async (_, name) => {
    const folder = folderNamed(name);
    const database = join(folder, `${name}.db`);
    const isRefused = notLoadable.test(name);
    if (isRefused) await refuses(folder, `${name}${ending}`, source);
    const cwd = isRefused ? folderNamed("plain") : folder;
    const file = `${isRefused ? "plain" : name}${ending}`;
    writeFileSync(join(cwd, file), source);
    const { code, stdout, stderr } = await tunelens(cwd, "run", `./${file}`, "--storage", database);
    expect(`${stderr}${stdout}`).toContain("1 complete, 0 pruned, 1 failed");
    expect(stderr).toMatch(/\.study\.c?ts:10:/);
    expect(code).toBe(0);
    // The run process removes its own files when it has told its end.
    await until("the end of the run process", () => !existsSync(join(folder, ".tunelens")));
    expect(readdirSync(folder).sort()).toEqual([`${name}.db`, ...(isRefused ? [] : [file]), "parts.ts"].sort());
    expectFoundByUrls(database);
  });
});

async function refuses(folder: string, file: string, source: string): Promise<void> {
  writeFileSync(join(folder, file), source);
  const { code, stderr } = await tunelens(folder, "run", `./${file}`);
  expect(code).toBe(1);
  expect(stderr).toMatch(/Cannot run .* from a path with a (question mark|backslash)\. Rename/);
  rmSync(join(folder, file));
  await until("the end of the run process", () => !existsSync(join(folder, ".tunelens")));
}

/** By its relative and its absolute URL, and by the one it shows. */
function expectFoundByUrls(database: string): void {
  const cwd = dirname(database);
  const url = formatStorageUrl(database);
  for (const written of [url, formatStorageUrl(`./${basename(database)}`), `./${basename(database)}`]) {
    const storage = openStorage(written, { cwd, readOnly: true });
    expect(storage.url).toBe(url);
    expect(loadStudy({ storage, name: "s" }).trials).toHaveLength(2);
    storage.close();
  }
}

describe("a relative import of what is not there", () => {
  it.each([
    [
      "modules",
      "missing.study.ts",
      'import { half } from "./nowhere";\nexport { half };\n',
      ["missing.study.ts:2", "./nowhere"],
    ],
    ["CommonJS", "missing.study.cts", 'const { half } = require("./nowhere");\n', ["missing.study.cts:2", "./nowhere"]],
    ["a module of a study", "missing.study.ts", 'export { half } from "./helper";\n', ["helper.ts:3", "./nowhere.js"]],
    ["a module of a study in CommonJS", "missing.study.cts", 'require("./helper");\n', ["helper.ts:3", "./nowhere.js"]],
  ])("in %s is named with file and line", async (_, file, line, [place, specifier]) => {
    const folder = folderNamed("a folder (1:2)");
    writeFileSync(join(folder, "helper.ts"), '// "./nowhere.js"\n\nexport { half } from "./nowhere.js";\n');
    writeFileSync(join(folder, file), `// the study\n${line}`);
    const { code, stderr } = await tunelens(folder, "run", file);
    expect(stderr).toBe(`Error: Loading ${place} failed: Cannot find module '${specifier}'.\n`);
    expect(code).toBe(1);
  });
});

it("a model is saved in a folder of any name, and trained further", async () => {
  const folder = folderNamed("work space 100%2F #1 [a]{b,c} ü \"q\" 'p' $(x) & ;\nn");
  copyFileSync(new URL("../fixtures/studies/dense.study.ts", import.meta.url), join(folder, "dense.study.ts"));
  const model = "question?mark\\/m";
  expect(await tunelens(folder, "run", "dense.study.ts", "--trials", "1")).toMatchObject({ code: 0 });
  expect(await tunelens(folder, "retrain", "dense.study.ts", "--output", model)).toMatchObject({ code: 0 });
  expect(readdirSync(join(folder, model))).toContain("model.json");
  expect(await tunelens(folder, "retrain", "dense.study.ts", "--continue", model)).toMatchObject({ code: 0 });
});
