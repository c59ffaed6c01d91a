/** Starts code-server on a workspace, in folders of its own, and ends it with everything it started. */
import { spawn, type ChildProcess } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeServerEntry } from "./provision.ts";

/** Quiet and deterministic: nothing phones home, nothing covers the screen, edits of tests stay in the editor. */
const calmSettings = {
  "security.workspace.trust.enabled": false,
  "files.autoSave": "off",
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.tips.enabled": false,
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
};

export interface CodeServerRequest {
  /** The folder to open. */
  readonly workspace: string;
  /** User settings, on top of the calm ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly extensionsDir?: string;
  readonly userDataDir?: string;
  /** Further environment of the server, and so of the extension host. */
  readonly env?: NodeJS.ProcessEnv;
  /** Further command line options. */
  readonly options?: readonly string[];
}

export interface CodeServer {
  readonly origin: string;
  readonly authority: string;
  /** The ends of the log files whose paths match, each with its name. */
  logs(pattern: string): string[];
  stop(): void;
}

export async function startCodeServer(request: CodeServerRequest): Promise<CodeServer> {
  const { workspace, settings = {}, extensionsDir, userDataDir, env = {}, options = [] } = request;
  const home = mkdtempSync(join(tmpdir(), "tunelens-vscode-"));
  const data = userDataDir ?? join(home, "data");
  const extensions = extensionsDir ?? join(home, "extensions");
  mkdirSync(join(data, "User"), { recursive: true });
  mkdirSync(extensions, { recursive: true });
  writeFileSync(join(data, "User", "settings.json"), JSON.stringify({ ...calmSettings, ...settings }, null, 2));
  writeFileSync(join(home, "config.yaml"), "");
  const child = spawn(
    process.execPath,
    [
      codeServerEntry(),
      ...["--config", join(home, "config.yaml"), "--bind-addr", "127.0.0.1:0", "--auth", "none"],
      ...["--user-data-dir", data, "--extensions-dir", extensions],
      ...["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"],
      ...options,
      workspace,
    ],
    {
      // A process group of its own: the extension host outlives the page otherwise.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        HOME: home,
        XDG_CONFIG_HOME: join(home, "config"),
        XDG_DATA_HOME: join(home, "share"),
        EXTENSIONS_GALLERY: "{}",
        ...env,
      },
    },
  );
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => log.push(String(text)));
  const stop = () => {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // Already gone.
    }
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    const authority = await listening(child, log);
    const logs = (pattern: string) => endsOf(join(data, "logs"), pattern);
    return { origin: `http://${authority}`, authority, logs, stop };
  } catch (error) {
    stop();
    throw new Error(`code-server did not start: ${String(error)}\n${log.join("").slice(-4000)}`);
  }
}

function endsOf(folder: string, pattern: string): string[] {
  const files = globSync(pattern, { cwd: folder });
  return files.map((file) => `${file}:\n${readFileSync(join(folder, file), "utf8").slice(-2_000)}`);
}

export interface WorkbenchView {
  readonly workspace: string;
  readonly extensionDevelopmentPath?: string | undefined;
  readonly extensionTestsPath?: string | undefined;
}

/** The page that shows `workspace`, with an extension under development and, for a test run, the suite to run in its host. */
export function workbenchUrl(server: CodeServer, view: WorkbenchView): string {
  const { workspace, extensionDevelopmentPath, extensionTestsPath } = view;
  const remote = (path: string) => `vscode-remote://${server.authority}${path}`;
  const payload = [];
  if (extensionDevelopmentPath) payload.push(["extensionDevelopmentPath", remote(extensionDevelopmentPath)]);
  if (extensionTestsPath) payload.push(["extensionTestsPath", remote(extensionTestsPath)]);
  const url = new URL(server.origin);
  url.searchParams.set("folder", workspace);
  if (payload.length > 0) url.searchParams.set("payload", JSON.stringify(payload));
  return url.href;
}

/** The built workbench honors a development extension in its address only with the smoke test driver on. */
export const developmentOptions = ["--vscode-option", "enable-smoke-test-driver"];

/** Settles when the server listens, with its address. @throws Error when it ends before, or not within 60 s. */
function listening(child: ChildProcess, log: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("it does not listen within 60 s")), 60_000).unref();
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`it ended with exit code ${code}`)));
    child.stdout!.on("data", () => {
      const [, address] = /HTTP server listening on http:\/\/([\d.]+:\d+)/.exec(log.join("")) ?? [];
      if (address) resolve(address);
    });
  });
}
