import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const PLUGIN = "tunelens-typescript-plugin";

/** A folder with the files, each path relative to it. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "tunelens-plugin-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** An installed extension in small: its manifest, its types, the plugin and TensorFlow.js. */
function extension(): string {
  const packageJson = {
    name: "tunelens",
    type: "module",
    exports: {
      ".": { types: "./dist/index.d.ts" },
      "./training": { types: "./dist/tensorflow/index.d.ts" },
    },
  };
  const folder = folderWith({
    "package.json": JSON.stringify(packageJson),
    "dist/index.d.ts": "export declare function defineStudy(options: { name: string }): { fromExtension: true };",
    "dist/tensorflow/index.d.ts":
      'import type * as tf from "@tensorflow/tfjs";\nexport declare function fit(model: tf.LayersModel): void;',
  });
  buildSync({
    entryPoints: [join(root, "src/extension/typescript-plugin/plugin.ts")],
    bundle: true,
    platform: "node",
    format: "cjs",
    outfile: join(folder, "dist/typescript-plugin.cjs"),
  });
  const packages = join(folder, "node_modules");
  cpSync(join(root, "packages/typescript-plugin"), join(packages, PLUGIN), { recursive: true });
  symlinkSync(join(root, "node_modules/@tensorflow"), join(packages, "@tensorflow"));
  return folder;
}

/** The TypeScript server, started as VS Code starts it. */
class Server {
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
    const seq = ++this.sequence;
    this.child.stdin!.write(`${JSON.stringify({ seq, type: "request", command, arguments: args })}\n`);
    return new Promise((resolve) => this.waiting.set(seq, (body) => resolve(body as Body)));
  }

  open(file: string): void {
    this.child.stdin!.write(
      `${JSON.stringify({ seq: ++this.sequence, type: "request", command: "open", arguments: { file } })}\n`,
    );
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

const STUDY = `import { defineStudy } from "tunelens";
import { fit } from "tunelens/training";
import * as tf from "@tensorflow/tfjs";
export const a = defineStudy({ name: "x" });
fit(tf.sequential());
`;
const wrong = `${STUDY}defineStudy({ name: 5 });\nimport "./missing.js";\nimport x from "not-installed";\n`;

describe("in a workspace that has installed nothing", () => {
  let server: Server;
  beforeAll(() => {
    server = new Server(extension());
  });
  afterAll(() => server.stop());

  it.each<[string, Record<string, string>, string]>([
    ["a file without a tsconfig", { "a.ts": wrong }, "a.ts"],
    ["NodeNext", { "a.ts": wrong, "tsconfig.json": '{"compilerOptions":{"module":"NodeNext","strict":true}}' }, "a.ts"],
    [
      "a bundler's project",
      { "a.ts": wrong, "tsconfig.json": '{"compilerOptions":{"module":"ESNext","moduleResolution":"Bundler"}}' },
      "a.ts",
    ],
    ["a CommonJS package", { "a.ts": wrong, "package.json": "{}", "tsconfig.json": "{}" }, "a.ts"],
    ["checked JavaScript", { "a.js": `// @ts-check\n${wrong}` }, "a.js"],
  ])("%s has the types, and no error less than it has otherwise", async (_, files, name) => {
    const file = join(folderWith(files), name);
    server.open(file);
    const errors = await server.errors(file);
    const texts = errors.join("\n");
    expect(texts).toContain("Type 'number' is not assignable to type 'string'");
    expect(texts).toMatch(/not-installed/);
    expect(texts).not.toMatch(/'tunelens|@tensorflow\/tfjs'/);
    expect(await server.hover(file, "a = defineStudy", files[name]!)).toContain("fromExtension");
  });

  it("JavaScript that nobody checks has the types too", async () => {
    const file = join(folderWith({ "a.js": STUDY }), "a.js");
    server.open(file);
    expect(await server.hover(file, "a = defineStudy", STUDY)).toContain("fromExtension");
  });
});

describe("in a workspace that has its own", () => {
  it("everything is as without the extension", async () => {
    const server = new Server(extension());
    const folder = folderWith({
      "a.ts": STUDY,
      "node_modules/tunelens/package.json": '{"name":"tunelens","types":"index.d.ts"}',
      "node_modules/tunelens/index.d.ts": "export declare function defineStudy(options: object): { own: true };",
    });
    const file = join(folder, "a.ts");
    server.open(file);
    expect(await server.hover(file, "a = defineStudy", STUDY)).toContain("own: true");
    server.stop();
  });
});
