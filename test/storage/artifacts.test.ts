import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copyStudy } from "../../src/engine/study/copy-study.js";
import { createStudy } from "../../src/engine/study/create-study.js";
import { deleteStudy } from "../../src/engine/study/delete-study.js";
import type { Study } from "../../src/engine/study/study.js";
import type { StudyTrial } from "../../src/engine/trial/study-trial.js";
import { Inspector } from "../../src/inspector/inspector.js";
import { MemoryStorage } from "../../src/storage/memory.js";
import { openRunStorage } from "../../src/storage/open.js";
import { openSqliteStorage, type SqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { temporaryFolder } from "../temporary-folder.js";

let folder: string;
let path: string;
let storage: SqliteStorage;
let study: Study;
let trial: StudyTrial;
const inspector = new Inspector({ reading: () => {}, storageChanged: () => {} }, () => {});
const bytes = new TextEncoder().encode("a,b\n1,2");
const files = () => (existsSync(join(folder, "artifacts")) ? readdirSync(join(folder, "artifacts")) : []);
const read = async (id: string) => inspector.getArtifact(path, "s", 0, id, 0);

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "studies.db");
  storage = openSqliteStorage(path);
  study = createStudy({ storage, name: "s" });
  trial = study.ask();
});
afterEach(async () => {
  storage.close();
  await inspector.unwatch(path);
  rmSync(folder, { recursive: true, force: true });
});

describe("an artifact", () => {
  it("is a file beside the database, named by its id, and described by the trial", async () => {
    await trial.artifact("matrix.csv", bytes);
    writeFileSync(join(folder, "plot.png"), "PNG");
    await trial.artifact("my plot.png", join(folder, "plot.png"));
    const { artifacts } = await inspector.getTrial(path, "s", 0);
    expect(artifacts).toEqual([
      { id: expect.any(String), filename: "matrix.csv", mimetype: "text/csv", encoding: null },
      { id: expect.any(String), filename: "my plot.png", mimetype: "image/png", encoding: null },
    ]);
    expect(files().sort()).toEqual(artifacts.map(({ id }) => id).sort());
    expect(readFileSync(join(folder, "artifacts", artifacts[1]!.id), "utf8")).toBe("PNG");
    expect(await read(artifacts[0]!.id)).toMatchObject({ kind: "content", size: 7, base64: btoa("a,b\n1,2") });
  });

  it("of a run is stored in the same way", async () => {
    const running = openRunStorage(path, { check: false, mustExist: true, tell: () => {} });
    const ofRun = createStudy({ storage: running, name: "run" }).ask();
    await ofRun.artifact("a.txt", bytes);
    running.close();
    expect((await inspector.getTrial(path, "run", 0)).artifacts).toMatchObject([{ filename: "a.txt" }]);
  });

  it.each([
    ["../a.png", bytes, /must not be a path/],
    ["", bytes, /must be a file name/],
    ["a.png", "/nowhere/a.png", /cannot read \/nowhere\/a\.png/],
    ["a.png", "/", /is not a file/],
    ["a.png", 5 as never, /must be the path of a file or a Uint8Array/],
  ])("%j of %j is refused, and leaves nothing", async (name, content, message) => {
    await expect(trial.artifact(name, content)).rejects.toThrow(message);
    expect(files()).toEqual([]);
  });

  it("that is too large is refused", async () => {
    const large = join(folder, "large.bin");
    writeFileSync(large, "");
    truncateSync(large, 129 * 1024 * 1024);
    await expect(trial.artifact("large.bin", large)).rejects.toThrow(/129 MB are too many/);
    expect(files()).toEqual([]);
  });

  it("of a trial that has finished is refused, and leaves no file", async () => {
    study.tell(trial, 1);
    await expect(trial.artifact("a.txt", bytes)).rejects.toThrow(/can no longer change/);
    expect(files()).toEqual([]);
  });

  it("that cannot be written is the storage's failure, not the trial's", async () => {
    writeFileSync(join(folder, "artifacts"), "a file, not a folder");
    await expect(trial.artifact("a.txt", bytes)).rejects.toMatchObject({ name: "StorageError" });
  });

  it("is ignored with a warning where a storage keeps no files", async () => {
    const warnings: string[] = [];
    const listener = { warn: (message: string) => void warnings.push(message) };
    const inMemory = createStudy({ storage: new MemoryStorage(), name: "m", listener });
    const first = inMemory.ask();
    await first.artifact("a.txt", bytes);
    await first.artifact("b.txt", bytes);
    expect(warnings).toEqual([expect.stringMatching(/memory keeps no artifacts\. a\.txt is ignored/)]);
    await expect(inMemory.artifact("a.txt", bytes)).rejects.toMatchObject({ code: "unsupported-storage" });
  });
});

describe("deleting a study", () => {
  it("removes its artifacts and the trials', but none that a copy has, and nothing else", async () => {
    await trial.artifact("of-trial.txt", bytes);
    await study.artifact("of-study.txt", bytes);
    mkdirSync(join(folder, "artifacts", "mine"));
    writeFileSync(join(folder, "artifacts", "notes.txt"), "");
    storage.setTrialSystemAttr(trial.id, "artifacts:notes.txt", "{}");
    storage.setTrialSystemAttr(trial.id, "artifacts:../studies.db", "{}");
    study.tell(trial, 1);
    copyStudy({ from: storage, name: "s", to: storage, newName: "copy" });
    deleteStudy({ storage, name: "s" });
    expect(files()).toHaveLength(4);
    deleteStudy({ storage, name: "copy" });
    expect(files().sort()).toEqual(["mine", "notes.txt"]);
    expect(existsSync(path)).toBe(true);
  });
});

describe("what is read to be shown", () => {
  const register = (id: string) =>
    storage.setTrialSystemAttr(trial.id, `artifacts:${id}`, JSON.stringify({ artifact_id: id, filename: "x" }));

  it.each(["../studies.db", "..", "a/b", "/etc/passwd"])("is no file outside the folder (%s)", async (id) => {
    mkdirSync(join(folder, "artifacts"));
    register(id);
    expect(await read(id)).toMatchObject({ kind: "missing" });
  });

  it("is no link", async () => {
    mkdirSync(join(folder, "artifacts"));
    symlinkSync(path, join(folder, "artifacts", "link"));
    register("link");
    expect(await read("link")).toMatchObject({ kind: "missing" });
  });

  it("is only what the trial has", async () => {
    await trial.artifact("a.txt", bytes);
    await expect(read("other")).rejects.toMatchObject({ code: "artifact-not-found" });
    await expect(inspector.getArtifact(path, "s", null, files()[0]!, 0)).rejects.toMatchObject({
      code: "artifact-not-found",
    });
  });

  it("comes in parts that the extension host hands on quickly, and that make up the whole", async () => {
    const whole = randomBytes(1_000_000);
    await trial.artifact("log.bin", whole);
    const [id] = files();
    const parts: string[] = [];
    for (let from = 0; from < whole.length; from += Buffer.from(parts.at(-1)!, "base64").length) {
      const part = await inspector.getArtifact(path, "s", 0, id!, from);
      parts.push(part.kind === "content" ? part.base64 : "");
    }
    expect(parts).toHaveLength(3);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(600_000);
    expect(Buffer.from(parts.join(""), "base64").equals(whole)).toBe(true);
    expect(await inspector.getArtifact(path, "s", 0, id!, whole.length)).toMatchObject({ kind: "content", base64: "" });
  });

  it("is not more than fits a page", async () => {
    await trial.artifact("large.bin", new Uint8Array(11 * 1024 * 1024));
    expect(await read(files()[0]!)).toMatchObject({ kind: "large", size: 11 * 1024 * 1024 });
  });
});
