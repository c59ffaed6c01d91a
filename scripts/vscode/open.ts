/**
 * Opens a real VS Code with this extension on the example workspace: the `code` on the PATH; otherwise a downloaded desktop VS Code; where
 * that cannot be had, code-server, whose address is printed for a browser. Ctrl-C ends it.
 */
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { downloadAndUnzipVSCode } from "@vscode/test-electron";
import { developmentOptions, startCodeServer, workbenchUrl } from "./code-server.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const workspace = fileURLToPath(new URL("../../examples", import.meta.url));

const desktop = process.argv.includes("--code-server") ? undefined : await findDesktop();
if (desktop) {
  console.log(`Opening ${desktop} on examples/ …`);
  const options = [`--extensionDevelopmentPath=${root}`, "--disable-workspace-trust", workspace];
  spawn(desktop, options, { stdio: "inherit", shell: process.platform === "win32" });
} else {
  await openInBrowser();
}

async function findDesktop(): Promise<string | undefined> {
  const shell = process.platform === "win32";
  if (spawnSync("code", ["--version"], { shell, timeout: 10_000 }).status === 0) return "code";
  if (process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return undefined;
  try {
    return await downloadAndUnzipVSCode({ version: "stable" });
  } catch {
    return undefined;
  }
}

async function openInBrowser(): Promise<void> {
  const server = await startCodeServer({ workspace, options: developmentOptions });
  console.log(
    `VS Code with Tunelens on examples/ (press Ctrl-C to stop it):\n\n  ${workbenchUrl(server, { workspace, extensionDevelopmentPath: root })}\n`,
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      server.stop();
      process.exit(0);
    });
  }
}
