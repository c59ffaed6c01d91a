import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { VSCodePage } from "./vscode-page.js";
import { temporaryFolder } from "../temporary-folder.js";

/** Choosing what trains, in a workspace whose CUDA is broken. */

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));
const MINUTE = 60_000;
let files: string;
let vscode: VSCodePage;

beforeAll(async () => {
  files = temporaryFolder();
  cpSync(join(fixtures, "workspace", "digits.study.ts"), join(files, "digits.study.ts"));
  const broken = join(files, "node_modules", "@tensorflow", "tfjs-node-gpu");
  mkdirSync(broken, { recursive: true });
  writeFileSync(join(broken, "package.json"), `{ "name": "@tensorflow/tfjs-node-gpu", "main": "index.js" }`);
  writeFileSync(
    join(broken, "index.js"),
    `console.error("F cuda_dnn.cc: Loaded runtime CuDNN library: 7.6, compiled with: 8.1"); process.abort();`,
  );
  writeFileSync(join(files, "pnpm-lock.yaml"), "");
  vscode = await VSCodePage.open(files);
}, 8 * MINUTE);

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await vscode.explainFailure(task.name);
});

afterAll(async () => {
  await vscode?.close();
  rmSync(files, { recursive: true, force: true });
});

it(
  "lists all with their reasons, says what to do before it takes one that cannot be used, and writes the setting",
  async () => {
    const row = (text: string | RegExp) =>
      vscode.page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first();
    const list = async () => {
      await vscode.command("Tunelens: Select Training Backend");
      await row("WebAssembly").waitFor();
    };
    const setting = () =>
      JSON.parse(readFileSync(join(vscode.workspace, ".vscode", "settings.json"), "utf8")) as Record<string, unknown>;

    await vscode.openFile("digits.study.ts");
    await vscode.lens("Start Study").waitFor();
    await list();
    await vscode.screenshot("backends");
    expect(await row("tfjs-node-gpu").textContent()).toContain("it crashed: its process was ended by SIGABRT");
    expect(await row("webgpu").textContent()).toMatch(
      /Vulkan (has no graphics driver here|loader, .*, is missing)|swiftshader/,
    );
    expect(await row("auto").textContent()).toContain("current");
    await row("WebAssembly").click();
    await vscode.page.getByText("Studies train on wasm").first().waitFor();
    await expect.poll(setting, { timeout: 3 * MINUTE }).toEqual({ "tunelens.backend": "wasm" });

    await list();
    expect(await row("WebAssembly").textContent()).toContain("current");
    await vscode.clickUntil(row("not installed"), vscode.page.getByRole("button", { name: "Run in Terminal" }));
    await vscode.screenshot("backend-not-installed");
    await vscode.page.getByRole("button", { name: "Cancel" }).click();

    await list();
    const build = vscode.page.getByRole("button", { name: "Build for Python's TensorFlow" });
    await vscode.clickUntil(row("@tensorflow/tfjs-node is not installed"), build);
    await vscode.clickUntil(build, vscode.page.getByText("because of this folder's pnpm-lock.yaml"));
    await vscode.screenshot("backend-not-built");
    await vscode.page.getByRole("button", { name: "OK" }).click();
    expect(setting()).toEqual({ "tunelens.backend": "wasm" });
  },
  15 * MINUTE,
);
