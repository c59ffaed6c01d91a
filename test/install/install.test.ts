/** README's way into a folder of one's own, word for word, with each package manager, from a clean checkout. */
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { list } from "tar";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { type ManagerName, provisionManagers, run } from "./package-managers.js";
import { temporaryFolder } from "../temporary-folder.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const scratch = temporaryFolder();
const clone = join(scratch, "clone");
const readme = readFileSync(join(root, "README.md"), "utf8");
/** Of the README's section, each a list of commands, each a list of words. */
const [inTheClone, withNpm, withPnpm] = commandsOf(sectionOf("Install in a project")) as [Words[], Words[], Words[]];
const study = /^```ts\n([\s\S]*?)^```$/m.exec(readme)![1]!;

type Words = string[];

function sectionOf(heading: string): string {
  return readme.split(/^## /m).find((section) => section.startsWith(`${heading}\n`))!;
}

function commandsOf(section: string): Words[][] {
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) =>
    block!
      .trim()
      .split("\n")
      .map((line) => line.replace(/\s+#.*$/, "").split(" ")),
  );
}

const notCheckedOut = new Set(["node_modules", "dist", "out", ".git", ".cache", ".vscode-test", ".tunelens"]);

/** Nothing is built in it. Dependencies are installed, which `npm run tarball` sees to. */
function checkOut(): void {
  cpSync(root, clone, { recursive: true, filter: (path) => !notCheckedOut.has(basename(path)) || path === root });
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
}

beforeAll(async () => {
  provisionManagers();
  checkOut();
  expect(inTheClone).toEqual([["npm", "run", "tarball"]]);
  // All that the script does once dependencies are there.
  await run("npm 10", clone, ["npm", "run", "tarball:pack"]);
});

describe("the tarball", () => {
  it("holds what a folder needs, and no package of this folder", async () => {
    const paths: string[] = [];
    await list({ file: join(clone, "tunelens-0.1.0.tgz"), onReadEntry: ({ path }) => paths.push(path) });
    const tops = new Set(paths.map((path) => path.split("/").slice(1, 3).join("/")));
    for (const needed of ["dist/cli", "dist/index.d.ts", "dist/training-kernels.wasm", "media/datasets", "LICENSE"])
      expect(tops).toContain(needed);
    expect([...tops].filter((top) => /^(src|test|scripts|docs|webview|packages)|extension|\.map$/.test(top))).toEqual(
      [],
    );
    const { dependencies } = JSON.parse(readFileSync(join(clone, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    expect(Object.values(dependencies).filter((version) => !/^\^\d/.test(version))).toEqual([]);
  });
});

/** In the folder, the README's commands with what they stand for, and its study. */
async function asTheReadmeSays(manager: ManagerName, folder: string, type: string): Promise<string> {
  const commands = manager.startsWith("pnpm") ? withPnpm : withNpm;
  const [install, runStudy] = commands.slice(-2);
  for (const init of commands.slice(0, -2)) await run(manager, folder, init);
  const manifest = join(folder, "package.json");
  const before = existsSync(manifest) ? (JSON.parse(readFileSync(manifest, "utf8")) as object) : {};
  writeFileSync(manifest, JSON.stringify({ ...before, type }));
  const withPath = install!.map((word) => word.replace("PATH_TO_CLONE", clone));
  await run(manager, folder, withPath);
  return run(manager, folder, [...runStudy!, "--trials", "1", "--epochs", "1"]);
}

function typeErrors(folder: string): string[] {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    noEmit: true,
    // TensorFlow.js's own types are not without errors.
    skipLibCheck: true,
  };
  const program = ts.createProgram([join(folder, "my.study.ts")], options);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

describe("the page about other libraries", () => {
  it("has a study of brain.js that runs, and whose retrained network is saved", async () => {
    const page = readFileSync(join(root, "docs/other-libraries.md"), "utf8");
    const folder = join(scratch, "brain");
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    writeFileSync(join(folder, "brain.study.js"), /^```js\n([\s\S]*?)^```$/m.exec(page)![1]!);
    const packages = [join(clone, "tunelens-0.1.0.tgz"), "brain.js@1.6.1"];
    await run("npm 11", folder, ["npm", "install", ...packages]);
    const tunelens = ["npm", "exec", "--", "tunelens"];
    const ran = await run("npm 11", folder, [...tunelens, "run", "brain.study.js", "--trials", "3"]);
    expect(ran).toContain('Study "brain.js" finished');
    await run("npm 11", folder, [...tunelens, "retrain", "brain.study.js", "--trial", "0", "--output", "net"]);
    const net = JSON.parse(readFileSync(join(folder, "net/net.json"), "utf8")) as { sizes: number[] };
    expect(net.sizes).toEqual([3, expect.any(Number), 1]);
  });
});

/** Each manager, and each type with npm and with pnpm, which lay out packages differently. */
const folders: readonly (readonly [ManagerName, "module" | "commonjs"])[] = [
  ["npm 10", "commonjs"],
  ["npm 11", "module"],
  ["pnpm 12", "commonjs"],
  ["pnpm 12", "module"],
];

describe.concurrent.each(folders)("%s", (manager, type) => {
  it(`in a folder of type ${type}`, async () => {
    const folder = join(scratch, `${manager}-${type}`.replace(" ", "-"));
    mkdirSync(folder);
    writeFileSync(join(folder, "my.study.ts"), study);
    const [command, ...exec] = manager.startsWith("pnpm") ? ["pnpm", "exec"] : ["npm", "exec", "--"];
    const resume = (trials: number) =>
      run(manager, folder, [
        command,
        ...exec,
        "tunelens",
        "run",
        "my.study.ts",
        "--trials",
        `${trials}`,
        "--epochs",
        "1",
      ]);

    const first = await asTheReadmeSays(manager, folder, type);
    expect(first).toContain('Study "digits" finished');
    expect(typeErrors(folder)).toEqual([]);

    await run(manager, folder, [command, command === "npm" ? "install" : "add", "picocolors@1"]);
    expect(await resume(2)).toContain('Resuming study "digits": 1 of 2 trials finished');
    if (command === "npm") expect(lstatSync(join(folder, "node_modules/tunelens")).isDirectory()).toBe(true);

    rmSync(join(folder, "node_modules"), { recursive: true });
    await run(manager, folder, command === "npm" ? ["npm", "ci"] : ["pnpm", "install", "--frozen-lockfile"]);
    expect(await resume(3)).toContain('Resuming study "digits": 2 of 3 trials finished');

    // As where an optional dependency could not be had.
    rmSync(join(folder, "node_modules/webgpu"), { recursive: true, force: true });
    expect(await resume(4)).toContain('Resuming study "digits": 3 of 4 trials finished');
    await run(manager, folder, [command, "ls"]);
  });
});
