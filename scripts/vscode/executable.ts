import { fileURLToPath } from "node:url";

/** For @vscode/test-electron's `runTests`. Desktop VS Code only on request: its download needs a network that many build machines lack. */
export function vscodeExecutable(): { version: string } | { vscodeExecutablePath: string } {
  if (process.env.TUNELENS_DESKTOP_VSCODE) return { version: process.env.TUNELENS_DESKTOP_VSCODE };
  return { vscodeExecutablePath: fileURLToPath(new URL("./code-server-as-vscode.ts", import.meta.url)) };
}
