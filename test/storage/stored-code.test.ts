import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compareCode } from "../../src/inspector/compare-code.js";
import { MemoryStorage } from "../../src/storage/memory.js";
import { openSqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { codeName, readCode, storeCode } from "../../src/storage/stored-code.js";
import { temporaryFolder } from "../temporary-folder.js";
import { findPython } from "./children/find-python.js";

const python = findPython();

const file = (name: string, text: string | null) => ({
  name,
  hash: createHash("sha256")
    .update(text ?? name)
    .digest("hex"),
  text,
});

function memory() {
  const storage = new MemoryStorage();
  const id = storage.createStudy("s", ["minimize"]);
  return { storage, id, attrs: () => storage.getStudy(id).systemAttrs };
}

const helper = file("data/helper.ts", "export const rows = [1, 2];\n");
const first = [file("a.study.ts", "one\ntwo\nthree\n"), helper];
const second = [file("a.study.ts", "one\n2\n2b\nthree\n"), helper];

describe("the code of a study", () => {
  it("is stored once per file, and read by the name that its trials have", () => {
    const { storage, id, attrs } = memory();
    expect(storeCode(storage, id, first)).toEqual([]);
    expect(storeCode(storage, id, second)).toEqual([]);
    const stored = Object.keys(attrs());
    expect(storeCode(storage, id, first.toReversed())).toEqual([]);
    expect(Object.keys(attrs())).toEqual(stored);
    expect(stored.filter((key) => key.startsWith("tunelens:source:"))).toHaveLength(3);
    expect(readCode(attrs(), codeName(second))).toEqual({ name: codeName(second), files: second });
    expect(readCode(attrs(), "0123")).toBeNull();
    expect(readCode(attrs(), null)).toBeNull();
    const last = Object.fromEntries(first.map(({ name, hash }) => [name, { text: hash, loaded: null }]));
    expect(readCode({ ...attrs(), "tunelens:code": last }, null)).toEqual({ name: codeName(first), files: first });
  });

  it("is stored without what is too large, or is no text", () => {
    const { storage, id, attrs } = memory();
    const noise = (length: number) => Array.from({ length }, (_, i) => Math.sin(i)).join("\n");
    const files = [
      file("large.ts", null),
      file("picture.png", "\0png"),
      file("a.ts", noise(45_000)),
      file("b.ts", noise(45_001)),
      file("c.ts", noise(45_002)),
      file("d.ts", noise(45_003)),
      file("e.ts", noise(45_004)),
      file("f.ts", noise(45_005)),
      file("small.ts", "1"),
    ];
    const leftOut = storeCode(storage, id, files);
    expect(leftOut.slice(0, 2)).toEqual(["large.ts", "picture.png"]);
    expect(leftOut.length).toBeGreaterThan(2);
    expect(leftOut).not.toContain("small.ts");
    const texts = readCode(attrs(), codeName(files))!.files.filter(({ text }) => text === null);
    expect(texts.map(({ name }) => name)).toEqual(leftOut);
    expect(JSON.stringify(attrs()).length).toBeLessThan(2 ** 21 + 2_000);
  });

  it("that another program wrote is no text if it cannot be read", () => {
    const { storage, id, attrs } = memory();
    storeCode(storage, id, first);
    const bomb = `tunelens:source:${first[0]!.hash}`;
    const broken = { ...attrs(), [bomb]: "H4sI", [`tunelens:source:${helper.hash}`]: 3 };
    expect(readCode(broken, codeName(first))!.files.map(({ text }) => text)).toEqual([null, null]);
  });

  it("is compared by file and line", () => {
    const { storage, id, attrs } = memory();
    const third = [file("a.study.ts", "one\n2\n2b\nthree\n"), file("new.ts", "a\nb\n"), file("large.ts", null)];
    for (const files of [first, third]) storeCode(storage, id, files);
    const [before, after] = [first, third].map((files) => readCode(attrs(), codeName(files))!);
    expect(compareCode(before!, before!).files).toEqual([]);
    expect(compareCode(before!, after!).files).toEqual([
      { name: "a.study.ts", lines: { added: 2, removed: 1 } },
      { name: "data/helper.ts", lines: { added: 0, removed: 1 } },
      { name: "new.ts", lines: { added: 2, removed: 0 } },
      { name: "large.ts", lines: null },
    ]);
  });

  it.skipIf(python === undefined)("is unpacked by Python from a file that Optuna reads", () => {
    const path = join(temporaryFolder(), "studies.db");
    const storage = openSqliteStorage(path);
    storeCode(storage, storage.createStudy("s", ["minimize"]), first);
    storage.close();
    const script = `
import base64, gzip, optuna, sys
attrs = optuna.load_study(study_name="s", storage="sqlite:///" + sys.argv[1])._storage.get_study_system_attrs(1)
files = attrs["tunelens:code:" + sys.argv[2]]
print(gzip.decompress(base64.b64decode(attrs["tunelens:source:" + files["a.study.ts"]])).decode(), end="")`;
    const text = execFileSync(python!, ["-c", script, path, codeName(first)], { encoding: "utf8" });
    expect(text).toBe("one\ntwo\nthree\n");
  });
});
