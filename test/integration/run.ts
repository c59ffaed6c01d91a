/**
 * Runs the mocha suite inside a real VS Code: the desktop one where it can be downloaded, code-server elsewhere.
 * An exit code of 0 alone proves nothing (it is 0 too when the extension host was killed), so the suite writes a results file, and only a
 * file with passes and without failures counts.
 */
import { build } from "esbuild";
import { runTests } from "@vscode/test-electron";
import { copyFileSync, cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface Results {
  readonly passes: number;
  readonly failures: readonly { readonly title: string; readonly message: string }[];
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const out = join(root, "out", "integration");
const scratch = mkdtempSync(join(tmpdir(), "tunelens-integration-"));
const workspace = join(scratch, "workspace");
const results = join(scratch, "results.json");

rmSync(out, { recursive: true, force: true });
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
    ...(await executable()),
    extensionDevelopmentPath: root,
    extensionTestsPath: join(out, "suite.cjs"),
    launchArgs: [workspace, "--disable-workspace-trust", "--disable-extensions"],
    extensionTestsEnv: { TUNELENS_TEST_RESULTS: results, TUNELENS_TEST_WORKSPACE: workspace },
  });
} catch (error) {
  failure = error;
}
const report = existsSync(results) ? (JSON.parse(readFileSync(results, "utf8")) as Results) : undefined;
if (report && process.argv[2]) copyFileSync(results, process.argv[2]);
rmSync(scratch, { recursive: true, force: true });
if (!report) throw new Error(`The suite in VS Code left no results. ${failure ?? ""}`);
console.log(`VS Code suite: ${report.passes} passed, ${report.failures.length} failed`);
for (const { title, message } of report.failures) console.error(`  ✗ ${title}\n${message}`);
process.exit(report.passes > 0 && report.failures.length === 0 && !failure ? 0 : 1);

/** Desktop VS Code only on request: its download needs a network that many build machines lack. */
async function executable(): Promise<{ version: string } | { vscodeExecutablePath: string }> {
  if (process.env.TUNELENS_DESKTOP_VSCODE) return { version: process.env.TUNELENS_DESKTOP_VSCODE };
  return { vscodeExecutablePath: join(root, "scripts", "vscode", "code-server-as-vscode.ts") };
}
