import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findRuntime, isNewEnough, NoRuntimeError } from "../../src/supervisor/node-runtime.js";
import { temporaryFolder } from "../temporary-folder.js";

let folder: string;

/** A folder with a `node` that says it has this version. */
function fakeNode(name: string, version: string): string {
  return script(join(folder, name, "node"), `echo ${version}`);
}

function script(path: string, body: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

function path(...nodes: string[]): string {
  return nodes.map((node) => dirname(node)).join(delimiter);
}

const fallback = { execPath: "/editor/code", version: "22.19.0" };

describe.skipIf(process.platform === "win32")("finding a Node.js", () => {
  let old: string;
  let good: string;
  let better: string;

  beforeAll(() => {
    folder = temporaryFolder();
    old = fakeNode("old", "v20.20.2");
    good = fakeNode("good", "v22.15.0");
    better = fakeNode("better", "v24.1.0");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("takes the one the user chose", async () => {
    const env = { PATH: path(better) };
    expect(await findRuntime({ configured: good, env })).toEqual({
      execPath: good,
      version: "v22.15.0",
      kind: "node",
      env: {},
    });
  });

  it("refuses a choice that is too old, missing or no Node.js, and takes no other in its place", async () => {
    const env = { PATH: path(better) };
    await expect(findRuntime({ configured: old, env, fallback })).rejects.toThrow(
      `setting: ${old}: v20.20.2 is too old`,
    );
    await expect(findRuntime({ configured: "/no/node", env })).rejects.toThrow("setting: /no/node: does not exist");
    const shell = script(join(folder, "not-node"), "echo hello");
    await expect(findRuntime({ configured: shell, env })).rejects.toThrow("is not Node.js");
    await expect(findRuntime({ configured: folder, env })).rejects.toThrow("cannot run");
  });

  it("takes the first on the PATH that is new enough", async () => {
    expect(await findRuntime({ env: { PATH: path(old, good, better) } })).toMatchObject({ execPath: good });
  });

  it("looks through a version manager's shim, in the folder it chooses by", async () => {
    const chosen = join(folder, "project");
    mkdirSync(chosen);
    const shim = script(
      join(folder, "shims", "node"),
      `[ "$PWD" = "${chosen}" ] || exit 1; exec "${process.execPath}" "$@"`,
    );
    const env = { PATH: path(shim) };
    expect(await findRuntime({ env, cwd: chosen })).toMatchObject({
      execPath: process.execPath,
      version: process.version,
    });
  });

  it("asks the login shell, whatever its start-up files print", async () => {
    const shell = script(join(folder, "shell"), `echo Welcome; echo "<node:${better}:node>"; echo bye`);
    const env = { PATH: path(old), SHELL: shell };
    expect(await findRuntime({ env })).toMatchObject({ execPath: better, kind: "node" });
  });

  it("falls back to VS Code's own runtime", async () => {
    expect(await findRuntime({ env: { PATH: path(old) }, fallback })).toEqual({
      execPath: "/editor/code",
      version: "v22.19.0",
      kind: "electron",
      env: { ELECTRON_RUN_AS_NODE: "1" },
    });
  });

  it("says all it tried, and why not", async () => {
    const shell = script(join(folder, "empty-shell"), "exit 1");
    const tried = findRuntime({
      env: { PATH: path(old), SHELL: shell },
      fallback: { execPath: "/editor/code", version: "20.1.0" },
    });
    const error: unknown = await tried.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NoRuntimeError);
    expect((error as NoRuntimeError).refused).toEqual([
      { source: "PATH", path: old, reason: "v20.20.2 is too old" },
      { source: "login shell", path: null, reason: `${shell} finds no node` },
      { source: "VS Code", path: "/editor/code", reason: "v20.1.0 is too old" },
    ]);
    expect((error as NoRuntimeError).message).toContain("Node.js 22.15 or newer");
  });
});

describe("a version", () => {
  it.each([
    ["v22.15.0", true],
    ["22.15.0", true],
    ["v22.14.9", false],
    ["v20.99.0", false],
    ["v23.0.0", true],
    ["v24.21.0", true],
  ])("%s: new enough is %s", (version, enough) => expect(isNewEnough(version)).toBe(enough));
});
