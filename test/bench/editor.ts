/** What the benches of the editor share: the packed extension, and windows of a real VS Code whose extension host runs a suite. */
import { runTests } from "@vscode/test-electron";
import { build } from "esbuild";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { vscodeExecutable } from "../../scripts/vscode/executable.ts";
import { unpackedExtension } from "../e2e/vscode-page.js";
import { temporaryFolder } from "../temporary-folder.js";

interface BenchWindow {
  /** The folder of the only extension. */
  readonly extension: string;
  /** Fills the workspace, an empty folder. */
  readonly fill: (workspace: string) => void;
  readonly env: Readonly<Record<string, string>>;
}

export interface BenchEditor {
  /** The folder of the packed extension. */
  readonly extension: string;
  /** A folder for what needs this repository's packages, relative to the working directory. */
  readonly scratch: string;
  /** Opens a window whose user data is new. @returns what the suite wrote to TUNELENS_BENCH_RESULT. */
  readonly open: (window: BenchWindow) => Promise<unknown>;
}

/**
 * Runs a bench in the repository's folder, and removes what it left there.
 * @param suite the file that runs in each window's extension host.
 */
export async function benchEditor(suite: string, bench: (editor: BenchEditor) => Promise<void>): Promise<void> {
  process.chdir(fileURLToPath(new URL("../../", import.meta.url)));
  mkdirSync("out", { recursive: true });
  const scratch = mkdtempSync("out/bench-");
  try {
    const outfile = join(process.cwd(), scratch, "in-editor.cjs");
    await build({ entryPoints: [suite], outfile, bundle: true, platform: "node", format: "cjs", external: ["vscode"] });
    const extension = unpackedExtension(join(process.cwd(), scratch, "extensions"));
    await bench({ extension, scratch, open: (window) => openWindow(outfile, window) });
  } finally {
    remove(scratch);
  }
}

async function openWindow(suite: string, { extension, fill, env }: BenchWindow): Promise<unknown> {
  const home = temporaryFolder();
  const workspace = join(home, "workspace");
  const result = join(home, "result.json");
  mkdirSync(workspace);
  fill(workspace);
  try {
    await runTests({
      ...vscodeExecutable(),
      extensionDevelopmentPath: extension,
      extensionTestsPath: suite,
      launchArgs: [workspace, "--disable-workspace-trust", "--disable-extensions"],
      extensionTestsEnv: { ...env, TUNELENS_BENCH_RESULT: result },
    });
    return JSON.parse(readFileSync(result, "utf8"));
  } finally {
    remove(home);
  }
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
