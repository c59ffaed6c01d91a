/**
 * Everything `npm test` runs: steps that need one another, two or more beside each other. One that fails lets the others go on. Sets up what
 * the tests need beyond npm: a Chromium, a real VS Code and, where it can be had, a Python with Optuna to compare with. Says at its end where
 * the time went; the last line is the sum, however it ends.
 */
import Table from "cli-table3";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { execute, type Outcome, runSteps, type Say, type Step } from "./steps.ts";

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
  readonly testResults: readonly VitestFile[];
}

interface VitestFile {
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number;
  /** What went wrong outside of its tests. */
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[] | null;
  }[];
}

interface IntegrationReport {
  readonly passes: number;
  readonly failures: readonly FailedTest[];
  readonly skipped: number;
}

interface FailedTest {
  readonly title: string;
  readonly message: string;
}

const root = fileURLToPath(new URL("../", import.meta.url));
const reports = join(root, ".cache", "reports");
const started = performance.now();
const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
const fileTimes: { readonly file: string; readonly seconds: number }[] = [];
const failedTests: FailedTest[] = [];

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
// Each process under test takes its temporary folders from here: what is left behind is seen.
const temporary = mkdtempSync(join(tmpdir(), "tl-"));
chmodSync(temporary, 0o1777);
Object.assign(process.env, { TMPDIR: temporary, TMP: temporary, TEMP: temporary });

/** The longest first, so that none is left alone at the end. */
const steps: readonly Step[] = [
  setUp("Chromium", "scripts/vscode/browser.ts"),
  // One that may use apt after the other, which takes one at a time.
  { ...setUp("Optuna", "scripts/optuna.ts", join(reports, "optuna.json")), after: ["Chromium"] },
  setUp("code-server", "scripts/vscode/provision.ts"),
  // The examples see the package as its users do: through what is built.
  npmRun("build", "build"),
  { ...vitest("tests of processes", "vitest.config.ts", ["--project=processes"]), needs: ["build", "Optuna"] },
  { ...vitest("unit tests", "vitest.config.ts", ["--project=quick", "--project=unit"]), needs: ["build", "Optuna"] },
  { ...npmRun("types", "typecheck:all"), needs: ["build"] },
  { ...npmRun("lint", "lint:all"), needs: ["build"] },
  { ...vitest("tests in a real browser", "test/e2e/vitest.config.ts"), needs: ["build", "Chromium", "code-server"] },
  { ...integration("tests in a real VS Code"), needs: ["build", "Chromium", "code-server"] },
  { ...optionalBackends("tests on the optional training backends"), needs: ["build"], after: ["Chromium", "Optuna"] },
  vitest("installing as README says", "test/install/vitest.config.ts", ["--reporter=verbose"]),
  { ...attacks("attacks, in their short form"), needs: ["build"] },
];

// One more than there are cores: each waits much of its time, for processes, pages and disks.
const outcomes = await runSteps(steps, availableParallelism() + 1);
end([...outcomes, leftBehind()]);

/** Installs what is not there yet. */
function setUp(name: string, ...script: string[]): Step {
  return { name, isSetUp: true, work: (say) => execute(say, ["node", ...script]) };
}

/** A script whose exit code says it all. */
function npmRun(name: string, script: string): Step {
  return { name, work: (say) => execute(say, ["npm", "run", "--silent", script]) };
}

/** A suite: what it counts adds to the sum, also where it failed. */
function suite<Report>(
  name: string,
  command: (report: string) => readonly string[],
  read: (result: Report) => Totals,
): Step {
  const report = join(reports, `${name.replaceAll(/\W+/g, "-")}.json`);
  const work = async (say: Say) => {
    const failure = await failureOf(execute(say, command(report), optunaEnvironment()));
    count(name, report, failure, read);
    if (failure) throw failure;
  };
  return { name, work };
}

function vitest(name: string, config: string, options: readonly string[] = []): Step {
  const reporters = options.some((option) => option.startsWith("--reporter")) ? [] : ["--reporter=default"];
  return suite(
    name,
    (report) => [
      ...["vitest", "run", "--config", config, ...options, ...reporters],
      ...["--reporter=json", `--outputFile.json=${report}`],
    ],
    totalsOf,
  );
}

function totalsOf(report: VitestReport): Totals {
  for (const { name, startTime, endTime, message, assertionResults } of report.testResults) {
    const file = relative(root, name);
    fileTimes.push({ file, seconds: (endTime - startTime) / 1_000 });
    if (message) failedTests.push({ title: file, message });
    for (const { fullName, status, failureMessages } of assertionResults)
      if (status === "failed")
        failedTests.push({ title: `${file}: ${fullName}`, message: failureMessages?.join("\n") ?? "" });
  }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = report;
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
}

/** What this machine lets be had of tfjs-node and webgpu; the unit tests have had wasm. The last lines say which. */
function optionalBackends(name: string): Step {
  const work = async (say: Say) => {
    const failure = await failureOf(execute(say, ["node", "scripts/test-backends.ts", "--optional"]));
    for (const backend of ["tfjs-node", "webgpu"]) {
      const report = join(root, ".cache", "backends", `report-${backend}.json`);
      if (existsSync(report)) count(`${name}: ${backend}`, report, failure, totalsOf);
    }
    if (failure) throw failure;
  };
  return { name, work };
}

function attacks(name: string): Step {
  return suite(
    name,
    (report) => ["tsx", "test/attack/run.ts", "--short", "--report", report],
    (report: Totals) => report,
  );
}

function integration(name: string): Step {
  return suite(
    name,
    (report) => ["node", "test/integration/run.ts", "--packed", "--report", report],
    ({ passes, failures, skipped }: IntegrationReport) => {
      failedTests.push(...failures);
      return { passed: passes, failed: failures.length, skipped };
    },
  );
}

function failureOf(work: Promise<void>): Promise<Error | undefined> {
  return work.then(
    () => undefined,
    (error: Error) => error,
  );
}

/** @throws Error where a suite that did not fail says nothing of tests that passed. */
function count<Report>(
  name: string,
  report: string,
  failure: Error | undefined,
  read: (result: Report) => Totals,
): void {
  const result = existsSync(report) ? read(JSON.parse(readFileSync(report, "utf8")) as Report) : undefined;
  totals.passed += result?.passed ?? 0;
  totals.failed += result?.failed ?? 0;
  totals.skipped += result?.skipped ?? 0;
  if (!failure && !result?.passed) throw new Error(`${name} reported no passing test`);
}

/** Where there is Optuna, all tests against it are obligatory; elsewhere they are skipped, which its set-up has said. */
function optunaEnvironment(): NodeJS.ProcessEnv {
  const file = join(reports, "optuna.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as NodeJS.ProcessEnv) : {};
}

/** Removes all temporary folders. @returns a failure that names those that a test should have removed. */
function leftBehind(): Outcome {
  const left = readdirSync(temporary).filter((name) => name.startsWith("tunelens-"));
  rmSync(temporary, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  const failure = left.length > 0 ? `left behind in the temporary folder: ${left.join(", ")}` : undefined;
  return { name: "temporary folders", seconds: 0, failure };
}

function end(outcomes: readonly Outcome[]): never {
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  console.log(
    tableOf(
      "Step",
      outcomes.map(({ name, seconds }) => [name, seconds]),
    ),
  );
  const slowest = fileTimes.sort((a, b) => b.seconds - a.seconds).slice(0, 10);
  console.log(
    tableOf(
      "The ten slowest test files",
      slowest.map(({ file, seconds }) => [file, seconds]),
    ),
  );
  console.log(`Total: ${Math.round((performance.now() - started) / 1_000)} s.`);
  for (const failure of failures) console.error(`✗ ${failure}`);
  // Again, where a log that is cut still has them.
  for (const { title, message } of failedTests) console.error(`✗ ${title}\n${message.slice(0, 1_500)}\n`);
  // A failure that no report counts is one too.
  if (failures.length > 0) totals.failed = Math.max(1, totals.failed);
  console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  process.exit(failures.length > 0 ? 1 : 0);
}

function tableOf(head: string, rows: readonly (readonly [string, number])[]): string {
  const table = new Table({ head: [head, "Seconds"], colAligns: ["left", "right"], style: { head: [], border: [] } });
  table.push(...rows.map(([name, seconds]) => [name, seconds.toFixed(1)]));
  return table.toString();
}
