import { createServer, type AddressInfo } from "node:net";
import * as vscode from "vscode";
import { inertLine } from "./inert-text.js";

/** How to start a process to debug. */
export interface DebuggedStart {
  /** Node's arguments: it waits until the debugger is attached and its breakpoints are set. */
  readonly execArgv: readonly string[];
  /** Aborted if no debugger attaches: the process would wait forever. */
  readonly signal: AbortSignal;
}

export interface DebugRequest {
  /** Shown in the list of debug sessions. */
  readonly name: string;
  /** The study file, absolute. */
  readonly file: string;
  /** The process's working directory. */
  readonly cwd: string;
  /** Our own installation, which stepping skips. */
  readonly extensionPath: string;
}

const ATTACH_TIMEOUT_MS = 15_000;

/**
 * Starts a process and attaches VS Code's JavaScript debugger to it before it runs its first line. The debug session ends with the process.
 * @param onStopped called when the user has stopped or disconnected the debugger; the process may already have ended.
 * @throws Error if the debugger cannot be attached; the process is then ended.
 */
export async function startDebugged<Process>(
  request: DebugRequest,
  start: (how: DebuggedStart) => Promise<Process>,
  onStopped: () => void,
): Promise<Process> {
  const port = await freePort();
  const giveUp = new AbortController();
  // Keeps the inspector's URL off stderr: the output is the user's.
  const execArgv = [`--inspect-wait=127.0.0.1:${port}`, "--inspect-publish-uid=http"];
  try {
    const [process] = await Promise.all([start({ execArgv, signal: giveUp.signal }), attach(request, port, onStopped)]);
    return process;
  } catch (error) {
    giveUp.abort();
    throw error;
  }
}

async function attach(
  { name, file, cwd, extensionPath }: DebugRequest,
  port: number,
  onStopped: () => void,
): Promise<void> {
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file));
  // Only this session uses the port; sessions that the debugger attaches to are its children.
  const ended = vscode.debug.onDidTerminateDebugSession(({ configuration, parentSession }) => {
    if (parentSession !== undefined || configuration.port !== port) return;
    ended.dispose();
    onStopped();
  });
  const attached = await vscode.debug.startDebugging(folder, {
    type: "node",
    request: "attach",
    name: inertLine(name),
    address: "127.0.0.1",
    port,
    cwd,
    timeout: ATTACH_TIMEOUT_MS,
    autoAttachChildProcesses: true,
    // A study file is compiled while it loads: its breakpoints can be resolved only then.
    pauseForSourceMap: true,
    skipFiles: ["<node_internals>/**", `${extensionPath.replaceAll("\\", "/")}/dist/**`, "**/node_modules/**"],
  });
  if (attached) return;
  ended.dispose();
  throw new Error(`${name}: Cannot attach VS Code's JavaScript debugger. Nothing ran.`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
