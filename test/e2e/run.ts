/** Runs the tests in a real browser; `npm run test:browser -- NAME` those whose full names have it in them, or those of a file. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../temporary-folder.ts";

const isFile = (word: string) => word.endsWith(".test.ts");
const words = process.argv.slice(2);
const name = words.filter((word) => !isFile(word)).join(" ");
const only = name ? ["--testNamePattern", name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")] : [];
const report = join(temporaryFolder(), "report.json");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
const { status } = spawnSync(
  "vitest",
  ["run", "--config", "test/e2e/vitest.config.ts", ...words.filter(isFile), ...reporters, ...only],
  {
    stdio: "inherit",
    shell: process.platform === "win32",
  },
);
process.exitCode = status ?? 1;
// To Vitest, a run that skips all of its tests has passed.
if (status === 0 && (JSON.parse(readFileSync(report, "utf8")) as { numPassedTests: number }).numPassedTests === 0) {
  console.error(`No test has "${name}" in its name.`);
  process.exitCode = 1;
}
