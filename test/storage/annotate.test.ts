import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadStudy } from "../../src/engine/study/load-study.js";
import type { Json } from "../../src/engine/trial/trial-snapshot.js";
import { Inspector } from "../../src/inspector/inspector.js";
import type { Annotation, Artifact } from "../../src/protocol/annotations.js";
import { annotate } from "../../src/storage/annotate.js";
import { openSqliteStorage } from "../../src/storage/sqlite/sqlite-storage.js";
import { temporaryFolder } from "../temporary-folder.js";
import { findPython } from "./children/find-python.js";
import { start } from "./children/start.js";

const CHILD = fileURLToPath(new URL("children/optuna_annotations.py", import.meta.url));
const python = findPython();

let folder: string;
let path: string;
const inspector = new Inspector({ reading: () => {}, storageChanged: () => {} }, () => {});
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "studies.db");
});
afterEach(async () => {
  await inspector.unwatch(path);
  rmSync(folder, { recursive: true, force: true });
});

const store = (annotation: Annotation) => annotate({ storage: path, study: "noted", annotation }, folder);
const summary = () => inspector.getStudy(path, "noted");
const trial = (number: number) => inspector.getTrial(path, "noted", number);

/** A study with two finished trials. */
function ownStudy(): void {
  const storage = openSqliteStorage(path);
  const id = storage.createStudy("noted", ["minimize"]);
  for (const value of [1, 2]) storage.setTrialState(storage.createTrial(id).id, "COMPLETE", [value]);
  storage.close();
}

describe("a note", () => {
  beforeEach(ownStudy);

  it("is kept with the study, and with trials that are finished", async () => {
    expect((await summary()).note).toEqual({ body: "", version: 0 });
    store({ type: "note", trial: null, body: "of the study", version: 0 });
    store({ type: "note", trial: 1, body: "of trial 1", version: 0 });
    store({ type: "note", trial: 1, body: "new", version: 1 });
    expect((await summary()).note).toEqual({ body: "of the study", version: 1 });
    expect((await trial(0)).note).toEqual({ body: "", version: 0 });
    expect((await trial(1)).note).toEqual({ body: "new", version: 2 });
  });

  it("may be long, and a shorter one leaves nothing of it", async () => {
    const long = `${"a".repeat(2044)}${"😀".repeat(3000)}`;
    store({ type: "note", trial: 0, body: long, version: 0 });
    expect((await trial(0)).note.body).toBe(long);
    store({ type: "note", trial: 0, body: "", version: 1 });
    expect((await trial(0)).note).toEqual({ body: "", version: 2 });
  });

  it("does not replace one that its writer has not seen", async () => {
    store({ type: "note", trial: 0, body: "theirs", version: 0 });
    expect(() => store({ type: "note", trial: 0, body: "mine", version: 0 })).toThrow(
      expect.objectContaining({ code: "note-changed" }),
    );
    expect((await trial(0)).note).toEqual({ body: "theirs", version: 1 });
  });

  it.each<[string, Annotation, string]>([
    ["trial", { type: "note", trial: 9, body: "", version: 0 }, "trial-not-found"],
  ])("names the %s that is not there", (_, annotation, code) => {
    expect(() => store(annotation)).toThrow(expect.objectContaining({ code }));
  });

  it("never makes a file", () => {
    const other = join(folder, "other.db");
    const annotation = { type: "note", trial: null, body: "", version: 0 } as const;
    expect(() => annotate({ storage: other, study: "noted", annotation }, folder)).toThrow(
      expect.objectContaining({ code: "storage-not-found" }),
    );
  });
});

describe("tags", () => {
  beforeEach(ownStudy);

  it("have one color each in a study, and the last is theirs", async () => {
    const odd = { name: "odd", color: "red" } as const;
    const constructor = { name: "constructor", color: "green" } as const;
    store({ type: "tags", trial: 0, tags: [odd, constructor] });
    store({ type: "tags", trial: null, tags: [{ ...odd, color: "purple" }] });
    expect((await trial(0)).tags).toEqual([{ ...odd, color: "purple" }, constructor]);
    expect((await trial(1)).tags).toEqual([]);
    expect(await summary()).toMatchObject({
      tags: [{ ...odd, color: "purple" }],
      knownTags: [{ ...odd, color: "purple" }, constructor],
    });
    const page = await inspector.listTrials(path, "noted", { offset: 0, limit: 10 });
    expect(page.rows.map(({ tags }) => tags.length)).toEqual([2, 0]);
    store({ type: "tags", trial: 0, tags: [] });
    expect((await trial(0)).tags).toEqual([]);
  });
});

describe("attributes that somebody else wrote under these keys", () => {
  it("are read as far as they make sense", async () => {
    const storage = openSqliteStorage(path);
    const id = storage.createStudy("noted", ["minimize"]);
    const { id: trialId } = storage.createTrial(id);
    const attrs: Record<string, Json> = {
      "dashboard:note_ver": "x",
      [`dashboard:${trialId}:note_ver`]: 1,
      [`dashboard:${trialId}:note_str:0`]: "a",
      [`dashboard:${trialId}:note_str:1`]: 5,
      "tunelens:tags": { odd: 1 },
      "tunelens:tag_colors": { a: "url(x)", b: 5 },
      [`tunelens:${trialId}:tags`]: ["a", 5, "c"],
      "artifacts:1": "{",
      "artifacts:2": "null",
      "artifacts:3": JSON.stringify({ artifact_id: "3", filename: 5 }),
    };
    for (const [key, value] of Object.entries(attrs)) storage.setStudySystemAttr(id, key, value);
    storage.close();
    const blue = (name: string) => ({ name, color: "blue" });
    expect(await summary()).toMatchObject({
      note: { body: "", version: 0 },
      tags: [],
      knownTags: [blue("a"), blue("b")],
      artifacts: [{ id: "3", filename: "3", mimetype: "application/octet-stream", encoding: null }],
    });
    expect(await trial(0)).toMatchObject({ note: { body: "a", version: 1 }, tags: [blue("a"), blue("c")] });
  });
});

describe.skipIf(!python)("Python's notes and artifacts", () => {
  const run = async (task: string) => (await start(python!, [CHILD, task, path, join(folder, "artifacts")])).run();

  it("are ours, and ours are Python's", async () => {
    await run("write");
    const body = `# Study\n\n**bold** ${"😀".repeat(3000)}`;
    expect((await summary()).note).toEqual({ body, version: 1 });
    expect((await trial(1)).note).toEqual({ body: "second", version: 4 });
    expect((await trial(0)).artifacts).toEqual([
      { id: expect.any(String), filename: "matrix.json", mimetype: "application/json", encoding: null },
      { id: expect.any(String), filename: "log.txt.gz", mimetype: "text/plain", encoding: "gzip" },
    ]);
    const [{ id }] = (await trial(0)).artifacts as [Artifact];
    expect(await inspector.getArtifact(path, "noted", 0, id, 0)).toMatchObject({
      kind: "content",
      base64: Buffer.from("[[1, 2], [3, 4]]").toString("base64"),
    });

    store({ type: "note", trial: null, body: "shorter", version: 1 });
    const ours = `${"é".repeat(2045)}${"😀".repeat(2046)}.`;
    store({ type: "note", trial: 0, body: ours, version: 0 });
    store({ type: "tags", trial: 0, tags: [{ name: "odd", color: "red" }] });
    const storage = openSqliteStorage(path);
    const study = loadStudy({ storage, name: "noted" });
    await study.artifact("ours.csv", new TextEncoder().encode("a,b\n1,2"));
    storage.close();
    expect(await run("read")).toMatchObject({
      artifacts: [
        [["ours.csv", "text/csv", null, "a,b\n1,2"]],
        [
          ["log.txt.gz", "text/plain", "gzip", "…"],
          ["matrix.json", "application/json", null, "[[1, 2], [3, 4]]"],
        ],
        expect.any(Array),
      ],
      study: { version: 2, body: "shorter" },
      trials: [
        { version: 1, body: ours },
        { version: 4, body: "second" },
      ],
    });
  });
});
