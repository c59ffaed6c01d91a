/**
 * Everything `npm test` runs, in order; the first failure ends it. Sets up what the tests need beyond npm: a Chromium, a real VS Code and,
 * where it can be had, a Python with Optuna to compare with. The last line is the sum, however it ends.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { install, succeeds } from "./install.ts";
import { provisionOptuna } from "./optuna.ts";
import { findChromium } from "./vscode/browser.ts";
import { codeServerEntry } from "./vscode/provision.ts";

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

interface IntegrationReport {
  readonly passes: number;
  readonly failures: readonly unknown[];
  readonly skipped: number;
}

const root = fileURLToPath(new URL("../", import.meta.url));
const reports = join(root, ".cache", "reports");
const started = Date.now();
const totals: Totals = { passed: 0, failed: 0, skipped: 0 };

process.on("uncaughtException", (error) => fail(error.stack ?? String(error)));
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

// The examples see the package as its users do: through what is built.
step("build", ["npm", "run", "--silent", "build"]);
step("types", ["tsc", "-p", "tsconfig.json"], ["tsc", "-p", "webview/tsconfig.json"]);
step("lint", ["eslint", ".", "--max-warnings", "0"], ["prettier", "--check", "--log-level", "warn", "."]);
provisionChromium();
const optuna = optunaEnvironment();
vitest("unit tests", "vitest.config.ts", optuna);
attacks("attacks, in their short form");
vitest("installing as README says", "test/install/vitest.config.ts", {}, "verbose");
optionalBackends();
codeServerEntry();
integration("tests in a real VS Code");
vitest("tests in a real browser", "test/e2e/vitest.config.ts", {});
end(0);

/** Commands whose exit code says it all. */
function step(name: string, ...commands: string[][]): void {
  for (const command of commands) {
    const failure = run(name, command, {});
    if (failure) fail(failure);
  }
}

/** @param reporter `verbose`: names each test that ran. */
function vitest(name: string, config: string, env: NodeJS.ProcessEnv, reporter = "default"): void {
  const report = join(reports, `${name.replaceAll(" ", "-")}.json`);
  const options = [`--reporter=${reporter}`, "--reporter=json", `--outputFile.json=${report}`];
  const failure = run(name, ["vitest", "run", "--config", config, ...options], env);
  count(name, failure, report, totalsOf);
}

function totalsOf({ numPassedTests, numFailedTests, numPendingTests, numTodoTests }: VitestReport): Totals {
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
}

/** What this machine lets be had of tfjs-node and webgpu; the unit tests have had wasm. The last lines say which. */
function optionalBackends(): void {
  const name = "tests on the optional training backends";
  const failure = run(name, ["node", "scripts/test-backends.ts", "--optional"], {});
  for (const backend of ["tfjs-node", "webgpu"]) {
    const report = join(root, ".cache", "backends", `report-${backend}.json`);
    if (existsSync(report)) count(`${name}: ${backend}`, failure, report, totalsOf);
  }
  if (failure) fail(failure);
}

function attacks(name: string): void {
  const report = join(reports, "attacks.json");
  const failure = run(name, ["tsx", "test/attack/run.ts", "--short", "--report", report], {});
  count(name, failure, report, (totals: Totals) => totals);
}

function integration(name: string): void {
  const report = join(reports, "integration.json");
  const failure = run(name, ["node", "test/integration/run.ts", report], {});
  count(name, failure, report, ({ passes, failures, skipped }: IntegrationReport) => ({
    passed: passes,
    failed: failures.length,
    skipped,
  }));
}

/** Adds a suite to the sum, also one that failed. @param read what the suite's report says. */
function count<Report>(
  name: string,
  failure: string | undefined,
  report: string,
  read: (result: Report) => Totals,
): void {
  if (existsSync(report)) {
    const { passed, failed, skipped } = read(JSON.parse(readFileSync(report, "utf8")) as Report);
    totals.passed += passed;
    totals.failed += failed;
    totals.skipped += skipped;
    if (!failure && !(passed > 0)) fail(`${name} reported no passing test`);
  }
  if (failure) fail(failure);
  if (!existsSync(report)) fail(`${name} left no report`);
}

/** @returns what went wrong. */
function run(name: string, [command, ...args]: string[], env: NodeJS.ProcessEnv): string | undefined {
  console.log(`\n▸ ${name}: ${command} ${args.filter((arg) => !arg.startsWith("--")).join(" ")}`);
  const { status, signal } = spawnSync(command!, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
    shell: process.platform === "win32",
  });
  return status === 0 ? undefined : `${name} failed (${command} ended with ${signal ?? status})`;
}

/** A failure that no report counts is one too. */
function fail(why: string): never {
  totals.failed = Math.max(1, totals.failed);
  console.error(`\n✗ ${why}`);
  return end(1);
}

function end(exitCode: number): never {
  console.log(`\nAll of it in ${Math.round((Date.now() - started) / 1000)} s.`);
  console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  process.exit(exitCode);
}

function provisionChromium(): void {
  if (findChromium() || (install("chromium", "fonts-dejavu-core") && findChromium())) return;
  fail("the tests need a Chromium: install one (Debian: apt-get install chromium) or name it in TUNELENS_CHROMIUM");
}

/** A Python with Optuna 5.0.0 makes the interop tests obligatory; without one they are skipped and this says so. */
function optunaEnvironment(): NodeJS.ProcessEnv {
  const python = provisionOptuna();
  if (python) return { TUNELENS_PYTHON: python, TUNELENS_REQUIRE_OPTUNA: "1", ...provisionPytest(python) };
  console.warn("Optuna 5.0.0 for Python could not be installed here: the tests against it are skipped.");
  return {};
}

/** What runs Optuna's own tests for storages; kept apart from a Python that is not ours. */
function provisionPytest(python: string): NodeJS.ProcessEnv {
  const folder = join(root, ".cache", "pytest");
  const env = { PYTHONPATH: [folder, process.env.PYTHONPATH].filter(Boolean).join(delimiter) };
  const has = () => spawnSync(python, ["-c", "import pytest"], { env: { ...process.env, ...env } }).status === 0;
  if (!has()) succeeds(python, ["-m", "pip", "install", "-q", "--target", folder, "pytest"], "ignore");
  if (has()) return { ...env, TUNELENS_REQUIRE_PYTEST: "1" };
  console.warn("pytest could not be installed here: Optuna's own tests for storages are skipped.");
  return {};
}
