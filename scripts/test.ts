/**
 * Everything `npm test` runs, in order; the first failure ends it. Sets up what the tests need beyond npm: a Chromium, a real VS Code and,
 * where Python is at hand, Optuna to compare with.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findChromium } from "./vscode/browser.ts";
import { codeServerEntry } from "./vscode/provision.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const reports = join(root, ".cache", "reports");
const started = Date.now();
const totals = { passed: 0, skipped: 0 };

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

step("types", ["tsc", "-p", "tsconfig.json"], ["tsc", "-p", "webview/tsconfig.json"]);
step("lint", ["eslint", ".", "--max-warnings", "0"], ["prettier", "--check", "--log-level", "warn", "."]);
step("build", ["npm", "run", "--silent", "build"]);
provisionChromium();
const optuna = provisionOptuna();
vitest("unit tests", "vitest.config.ts", optuna);
codeServerEntry();
step("tests in a real VS Code", ["node", "test/integration/run.ts", join(reports, "integration.json")]);
count(JSON.parse(readFileSync(join(reports, "integration.json"), "utf8")));
vitest("tests in a real browser", "test/e2e/vitest.config.ts", {});
console.log(`\nAll of it in ${Math.round((Date.now() - started) / 1000)} s.`);
console.log(`${totals.passed} passed, 0 failed, ${totals.skipped} skipped`);

function step(name: string, ...commands: [string, ...string[]][]): void {
  for (const [command, ...args] of commands) run(name, command, args, {});
}

function vitest(name: string, config: string, env: NodeJS.ProcessEnv): void {
  const file = join(reports, `${name.replaceAll(" ", "-")}.json`);
  const args = ["run", "--config", config, "--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  run(name, "vitest", args, env);
  const report = JSON.parse(readFileSync(file, "utf8"));
  count({ passes: report.numPassedTests, skipped: report.numPendingTests });
}

function count({ passes, skipped = 0 }: { passes: number; skipped?: number }): void {
  if (!(passes > 0)) fail("a suite reported no passing test");
  totals.passed += passes;
  totals.skipped += skipped;
}

function run(name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv): void {
  console.log(`\n▸ ${name}: ${command} ${args.filter((arg) => !arg.startsWith("--")).join(" ")}`);
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
    shell: process.platform === "win32",
  });
  if (result.status !== 0) fail(`${name} failed (${command} ended with ${result.signal ?? result.status})`);
}

function fail(why: string): never {
  console.error(`\n✗ ${why}`);
  process.exit(1);
}

function provisionChromium(): void {
  if (findChromium()) return;
  const isRoot = process.getuid?.() === 0;
  const installed =
    isRoot &&
    spawnSync("apt-get", ["update", "-qq"], { stdio: "inherit" }).status === 0 &&
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"], {
      stdio: "inherit",
    }).status === 0;
  if (!installed || !findChromium()) {
    fail("the tests need a Chromium: install one (Debian: apt-get install chromium) or name it in TUNELENS_CHROMIUM");
  }
}

/** A Python with Optuna 5.0.0 makes the interop tests obligatory; without one they are skipped and this says so. */
function provisionOptuna(): NodeJS.ProcessEnv {
  const python = process.env.TUNELENS_PYTHON ?? join(root, ".cache", "optuna", "bin", "python");
  const has = () => existsSync(python) && spawnSync(python, ["-c", "import optuna"]).status === 0;
  if (!has() && !process.env.TUNELENS_PYTHON && spawnSync("python3", ["--version"]).status === 0) {
    console.log("\n▸ installing Optuna 5.0.0 to compare with (once)");
    spawnSync("python3", ["-m", "venv", join(root, ".cache", "optuna")], { stdio: "inherit" });
    spawnSync(python, ["-m", "pip", "install", "-q", "--retries", "0", "--timeout", "20", "optuna==5.0.0"], {
      stdio: ["ignore", "inherit", "ignore"],
    });
  }
  if (has()) return { TUNELENS_PYTHON: python, TUNELENS_REQUIRE_OPTUNA: "1" };
  console.warn("Optuna for Python could not be installed here: the tests against it are skipped.");
  return {};
}
