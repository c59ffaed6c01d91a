import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** The folder in the extension's node_modules by which the server finds the plugin. */
export const PLUGIN = "tunelens-typescript-plugin";

/** The TypeScript server, started as VS Code starts it. */
export class TypeScriptServer {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, (body: unknown) => void>();
  private sequence = 0;
  private buffer = "";

  constructor(extensionPath: string) {
    const tsserver = join(root, "node_modules/typescript/lib/tsserver.js");
    const plugin = ["--globalPlugins", PLUGIN, "--pluginProbeLocations", extensionPath, "--allowLocalPluginLoads"];
    const options = ["--disableAutomaticTypingAcquisition", "--noGetErrOnBackgroundUpdate"];
    this.child = spawn(process.execPath, [tsserver, ...plugin, ...options], { stdio: ["pipe", "pipe", "inherit"] });
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => this.read(text));
  }

  async request<Body>(command: string, args: object): Promise<Body> {
    const seq = this.send(command, args);
    return new Promise((resolve) => this.waiting.set(seq, (body) => resolve(body as Body)));
  }

  open(file: string): void {
    this.send("open", { file });
  }

  async errors(file: string): Promise<string[]> {
    const found = await this.request<{ text?: string; message?: string }[]>("semanticDiagnosticsSync", { file });
    return found.map(({ text, message }) => text ?? message ?? "");
  }

  /** What hovering over the text says. */
  async hover(file: string, text: string, source: string): Promise<string> {
    const before = source.slice(0, source.indexOf(text)).split("\n");
    const place = { file, line: before.length, offset: before.at(-1)!.length + 1 };
    return (await this.request<{ displayString: string }>("quickinfo", place)).displayString;
  }

  stop(): void {
    this.child.kill();
  }

  /** @returns the number by which its answer names it. */
  private send(command: string, args: object): number {
    const seq = ++this.sequence;
    this.child.stdin!.write(`${JSON.stringify({ seq, type: "request", command, arguments: args })}\n`);
    return seq;
  }

  private read(text: string): void {
    this.buffer += text;
    const lines = this.buffer.split("\n");
    this.buffer = lines.pop()!;
    for (const line of lines.filter((candidate) => candidate.startsWith("{"))) {
      const message = JSON.parse(line) as { type: string; request_seq?: number; body?: unknown };
      if (message.type === "response") this.waiting.get(message.request_seq!)?.(message.body);
    }
  }
}
