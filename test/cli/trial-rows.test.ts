import { describe, expect, it } from "vitest";
import { toCsv, toJson } from "../../src/cli/trial-rows.js";
import { createStudy } from "../../src/engine/study/create-study.js";
import { MemoryStorage } from "../../src/storage/memory.js";

async function study() {
  const study = createStudy({ storage: new MemoryStorage(), name: "s" });
  await study.optimize(
    (trial) => {
      if (trial.number === 0) trial.suggestCategorical("word", ['a "quoted", text']);
      else trial.suggestInt("n", 3, 3);
      trial.report(NaN, 0);
      trial.setUserAttr('"note", odd', { lines: ["one\ntwo"], lost: NaN });
      return Infinity;
    },
    { trials: 2 },
  );
  return study;
}

describe("exported trials", () => {
  it("as CSV: quoted where needed, a column for every parameter met, by name", async () => {
    const csv = toCsv(await study())
      .replaceAll(/\d{4}-[^,]+Z/g, "TIME")
      .replaceAll(/TIME,[\d.]+/g, "TIME,T");
    expect(csv.split("\r\n")).toEqual([
      'number,value,datetime_start,datetime_complete,duration,params_n,params_word,"user_attrs_""note"", odd",state,fail_reason',
      String.raw`0,Infinity,TIME,TIME,T,,"a ""quoted"", text","{""lines"":[""one\ntwo""],""lost"":""NaN""}",COMPLETE,`,
      String.raw`1,Infinity,TIME,TIME,T,3,,"{""lines"":[""one\ntwo""],""lost"":""NaN""}",COMPLETE,`,
      "",
    ]);
  });

  it("as JSON: with what pauses, continues, and copies a trial, and nothing of it in others", () => {
    const study = createStudy({ storage: new MemoryStorage(), name: "s" });
    const origin = { study: "old", trial: 7 };
    study.addTrial({ state: "PRUNED", value: 1, systemAttrs: { "tunelens:paused": 2 } });
    study.addTrial({ value: 1, systemAttrs: { "tunelens:continues": 0 } });
    study.addTrial({ value: 1, systemAttrs: { "tunelens:learned-from": origin } });
    const { trials } = JSON.parse(toJson(study)) as { trials: Record<string, unknown>[] };
    expect(trials.map(({ paused_at, continues, origin }) => ({ paused_at, continues, origin }))).toEqual([
      { paused_at: 2 },
      { continues: 0 },
      { origin },
    ]);
  });

  it("with the mean and the deviation of configurations that were trained several times", () => {
    const study = createStudy({ storage: new MemoryStorage(), name: "s" });
    const distributions = { x: { type: "int", low: 0, high: 9, log: false, step: 1 } } as const;
    for (const [x, value] of [
      [1, 1],
      [1, 4],
      [2, 9],
    ] as const)
      study.addTrial({ value, params: { x }, distributions });
    const lines = toCsv(study).trimEnd().split("\r\n");
    expect(lines[0]).toMatch(/,state,repeats_mean_0,repeats_std_0,fail_reason$/);
    expect(lines[1]).toMatch(/,COMPLETE,2\.5,2\.12132\d*,$/);
    expect(lines[3]).toMatch(/,COMPLETE,,,$/);
    const { trials } = JSON.parse(toJson(study)) as { trials: { repeats?: { trials: number[] } }[] };
    expect(trials.map(({ repeats }) => repeats?.trials)).toEqual([[0, 1], [0, 1], undefined]);
  });

  it("as CSV: why a trial failed", async () => {
    const study = createStudy({ storage: new MemoryStorage(), name: "s" });
    await study.optimize(({ number }) => (number === 0 ? NaN : 1), { trials: 2 });
    const endings = toCsv(study)
      .split("\r\n")
      .map((line) => line.split(",").slice(-2));
    expect(endings).toEqual([
      ["state", "fail_reason"],
      ["FAIL", "The objective returned NaN."],
      ["COMPLETE", ""],
      [""],
    ]);
  });

  it("as CSV: a cell that a spreadsheet would run is a text there; raw, it is as it is", () => {
    const study = createStudy({ storage: new MemoryStorage(), name: "s" });
    const texts = ["=cmd|' /C calc'!A0", "+1+cmd", "-1", "-x", "@SUM(A1)", "\t=1", "1", "a=b"];
    for (const text of texts) study.addTrial({ values: [-1], userAttrs: { text } });
    const cells = (csv: string) =>
      csv
        .split("\r\n")
        .slice(1, -1)
        .map((line) => line.split(",").at(-3));
    expect(cells(toCsv(study))).toEqual([
      "'=cmd|' /C calc'!A0",
      "'+1+cmd",
      "-1",
      "'-x",
      "'@SUM(A1)",
      "'\t=1",
      "1",
      "a=b",
    ]);
    expect(cells(toCsv(study, { raw: true }))).toEqual(texts);
  });

  it("as CSV: what one trial has and another has not, called as what every object has", () => {
    const study = createStudy({ storage: new MemoryStorage(), name: "s" });
    study.addTrial({
      values: [1],
      userAttrs: JSON.parse('{ "constructor": 1, "__proto__": 2 }') as Record<string, number>,
    });
    study.addTrial({ values: [2] });
    expect(toCsv(study)).not.toContain("function");
    expect(toCsv(study).split("\r\n")[1]).toContain(",2,1,COMPLETE");
  });

  it("as JSON: numbers that JSON does not have as text", async () => {
    const { trials } = JSON.parse(toJson(await study())) as { trials: unknown[] };
    expect(trials[1]).toMatchObject({
      number: 1,
      values: ["Infinity"],
      params: { n: 3 },
      intermediate_values: { 0: "NaN" },
      user_attrs: { '"note", odd': { lost: "NaN" } },
      fail_reason: null,
      peak_memory: null,
    });
  });
});
