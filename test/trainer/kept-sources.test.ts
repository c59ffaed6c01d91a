import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LoadedSource } from "../../src/protocol/trainer.js";
import type * as LoadedCodeModule from "../../src/trainer/loaded-code.js";
import { temporaryFolder } from "../temporary-folder.js";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** The module anew, as in a new process. */
let code: typeof LoadedCodeModule;
beforeEach(async () => {
  vi.resetModules();
  code = await import("../../src/trainer/loaded-code.js");
});

function file(name: string, text: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function sources(path: string, text: string, more: Partial<LoadedSource>[] = []): LoadedSource[] {
  const asText = { path, hash: sha256(text), as: "text", source: text };
  return [asText, ...more.map((form) => ({ ...asText, ...form }))];
}

describe("the code that a run began with", () => {
  it("is run where the file has changed, the file where it has not", () => {
    const [changed, same] = [file("a.ts", "two"), file("b.ts", "same")];
    const form = { as: "require", source: "compiled one" };
    const all = [...sources(changed, "one", [form]), ...sources(same, "same", [form])];
    expect(code.keepCode(all)).toEqual([changed]);
    for (const path of [changed, same]) code.recordUserFile(path);
    expect(code.keptSource(changed, "require")?.source).toBe("compiled one");
    expect(code.sourceText(changed)).toBe("one");
    expect(code.keptSource(same, "require")).toBeUndefined();
    expect(code.loadedCode(changed).files["a.ts"]).toBe(sha256("one"));
  });

  it("is refused by name where it is gone, too large, or known as text only", () => {
    const path = file("a.ts", "two");
    const refusal = (all: LoadedSource[]) => () => code.keepCode(all);
    expect(refusal(sources(path, "one"))).toThrow(`${path} has changed, and Tunelens has no copy of the original.`);
    expect(refusal(sources(path, "one", [{ as: "require", source: null }]))).toThrow(
      "has changed, and Tunelens has no copy of the original",
    );
    rmSync(path);
    expect(refusal(sources(path, "one", [{ as: "require", source: "1" }]))).toThrow(`${path} is gone.`);
  });

  it("is told as it is loaded, but for what is too large", () => {
    const told: LoadedSource[] = [];
    code.tellLoadedSources((source) => told.push(source));
    const path = file("a.json", "x".repeat(2 ** 20 + 1));
    code.recordUserFile(path);
    code.recordSource(path, "require", { source: "short" });
    code.recordSource("/elsewhere.js", "require", { source: "a package's" });
    expect(told.map(({ as, source }) => [as, source])).toEqual([
      ["text", null],
      ["require", "short"],
    ]);
  });
});
