/**
 * `npm run bench:landscapes`: makes again what models of scikit-learn and Tunelens are worth at each point of a grid, for
 * `npm run bench:search`. Takes a few minutes. TUNELENS_PYTHON names a Python with scikit-learn; without it, only Tunelens's are made.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { countValues } from "../../../../src/engine/distribution.js";
import { loadStudy } from "../../../../src/engine/study/load-study.js";
import { openStorage } from "../../../../src/storage/open.js";
import { temporaryFolder } from "../../../temporary-folder.js";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const folder = temporaryFolder();
try {
  const python = process.env["TUNELENS_PYTHON"];
  if (python) run(python, here("models.py"), folder);
  else console.warn("TUNELENS_PYTHON names no Python with scikit-learn: its landscapes stay as they are.");
  tabulate("networkDigits");
  tabulate("autoencoderDigits", [0.1, 14]);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json")))
    writeFileSync(here(`${file}.gz`), gzipSync(readFileSync(join(folder, file)), { level: 9 }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs a study over a grid, whose parameters are choices and the indices of numbers. @param reference of several objectives. */
function tabulate(name: string, reference?: readonly number[]): void {
  const database = `sqlite:///${join(folder, `${name}.db`)}`;
  run(process.execPath, here("../../../../dist/cli/main.js"), "run", here(`${name}.study.ts`), "--storage", database);
  const storage = openStorage(database);
  const values: number[] = [];
  const { trials } = loadStudy({ storage, name });
  storage.close();
  const distributions = Object.entries(trials[0]!.distributions);
  const counts = distributions.map(([, distribution]) => countValues(distribution));
  for (const { internalParams, values: told } of trials) {
    const at = distributions.reduce((row, [key], i) => row * counts[i]! + internalParams[key]!, 0);
    told!.forEach((value, k) => (values[at * told!.length + k] = Number(value.toPrecision(4))));
  }
  const parameters = distributions.map(([key, { type }], i) => ({
    name: key,
    type: type === "categorical" ? "choice" : "number",
    count: counts[i],
  }));
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ parameters, values, reference }));
}

function run(command: string, ...args: readonly string[]): void {
  const { status } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}.`);
}
