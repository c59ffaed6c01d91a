/**
 * Runs the mocha suite inside a real VS Code: the desktop one where it can be downloaded, code-server elsewhere.
 * `npm run test:vscode -- NAME` runs the tests whose full names have it in them; `--report FILE` writes the results into a file;
 * `--packed` runs what ships, in place of what is built.
 * An exit code of 0 alone proves nothing (it is 0 too when the extension host was killed), so the suite writes a results file, and only a
 * file with passes and without failures counts.
 */
import { build } from "esbuild";
import { runTests } from "@vscode/test-electron";
import { copyFileSync, cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { stageExtension } from "../../scripts/package/stage.ts";
import { vscodeExecutable } from "../../scripts/vscode/executable.ts";
import { until } from "../wait.ts";
import { temporaryFolder } from "../temporary-folder.ts";

interface Results {
  readonly passes: number;
  readonly failures: readonly { readonly title: string; readonly message: string }[];
}

const { values: options, positionals } = parseArgs({
  options: { report: { type: "string" }, packed: { type: "boolean" } },
  allowPositionals: true,
});
const only = positionals.join(" ");
const root = fileURLToPath(new URL("../../", import.meta.url));
process.chdir(root);
mkdirSync(join(root, "out"), { recursive: true });
// Of its own for each run, and inside the project, whose node_modules the suite uses.
const out = mkdtempSync(join(root, "out", "integration-"));
const scratch = temporaryFolder();
/** A name that URLs, globs and shells would take apart. */
const workspace = join(scratch, `work space 100%2F #1 [a]{b,c} ü "q" 'p' $(x) & ;`);
const results = join(scratch, "results.json");

await build({
  entryPoints: ["test/integration/suite.ts", ...globSync("test/integration/*.test.ts", { cwd: root })].map((path) =>
    join(root, path),
  ),
  outdir: out,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node22",
  external: ["vscode", "mocha"],
  sourcemap: "inline",
  logLevel: "warning",
});
cpSync(join(root, "test", "fixtures", "workspace"), workspace, { recursive: true });

let failure: unknown;
try {
  await runTests({
    ...vscodeExecutable(),
    extensionDevelopmentPath: options.packed ? await packedExtension() : root,
    extensionTestsPath: join(out, "suite.cjs"),
    launchArgs: [workspace, "--disable-workspace-trust", "--disable-extensions"],
    extensionTestsEnv: {
      TUNELENS_TEST_RESULTS: results,
      TUNELENS_TEST_WORKSPACE: workspace,
      ...(only && { TUNELENS_TEST_NAME: only }),
      TUNELENS_TEST_PROJECT: root,
    },
  });
} catch (error) {
  failure = error;
}
const report = existsSync(results) ? (JSON.parse(readFileSync(results, "utf8")) as Results) : undefined;
if (report && options.report) copyFileSync(results, options.report);
const survivors = await processesLeft();
for (const folder of [scratch, out]) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
if (!report) throw new Error("The suite in VS Code left no results.", { cause: failure });
if (only && report.passes + report.failures.length === 0) console.error(`No test has "${only}" in its name.`);
console.log(`VS Code suite: ${report.passes} passed, ${report.failures.length} failed`);
for (const { title, message } of report.failures) console.error(`  ✗ ${title}\n${message}`);
if (survivors.length > 0) console.error(`  ✗ processes that outlived the window: ${survivors.join(", ")}`);
process.exit(report.passes > 0 && report.failures.length === 0 && survivors.length === 0 && !failure ? 0 : 1);

/** Around the suite: VS Code gives code in an extension's folder the extension's own `vscode`, in which tests answer questions. */
async function packedExtension(): Promise<string> {
  await stageExtension(`${process.platform}-${process.arch}`, relative(root, out));
  return out;
}

/** Of the processes whose ids the suite wrote into `*.pid`, those that live long after the minute in which the window could come back. */
async function processesLeft(): Promise<string[]> {
  const left = () =>
    globSync("*.pid", { cwd: workspace }).filter((file) =>
      readFileSync(join(workspace, file), "utf8").split(/\s+/).filter(Boolean).map(Number).some(isAlive),
    );
  await until("the end of all processes", () => left().length === 0, 180).catch(() => {});
  return left();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
