/** The entry VS Code calls: runs every *.test.ts beside it with mocha and writes down what happened. */
import Mocha from "mocha";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Failure {
  readonly title: string;
  readonly message: string;
}

export function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", timeout: 300_000 });
  const { TUNELENS_TEST_NAME } = process.env;
  if (TUNELENS_TEST_NAME) mocha.fgrep(TUNELENS_TEST_NAME);
  for (const file of readdirSync(__dirname).sort()) {
    if (file.endsWith(".test.cjs")) mocha.addFile(join(__dirname, file));
  }
  const failures: Failure[] = [];
  let passes = 0;
  let skipped = 0;
  return new Promise((resolve, reject) => {
    const runner = mocha.run(() => {
      writeFileSync(process.env.TUNELENS_TEST_RESULTS!, JSON.stringify({ passes, failures, skipped }));
      if (failures.length > 0) reject(new Error(`${failures.length} tests failed`));
      else resolve();
    });
    runner.on("pass", (test) => {
      passes++;
      console.log(`  ✓ ${test.fullTitle()} (${test.duration} ms)`);
    });
    runner.on("pending", () => skipped++);
    runner.on("fail", (test, error) => {
      failures.push({ title: test.fullTitle(), message: String((error as Error | undefined)?.stack ?? error) });
      console.log(`  ✗ ${test.fullTitle()}: ${error}`);
    });
  });
}
