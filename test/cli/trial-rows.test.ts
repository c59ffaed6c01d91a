import { describe, expect, it } from "vitest";
import { toCsv, toJson } from "../../src/cli/trial-rows.js";
import { createStudy } from "../../src/engine/study.js";
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

  it("as CSV: why a trial failed", async () => {
    const study = createStudy({ storage: new MemoryStorage(), name: "s" });
    await study.optimize(({ number }) => (number === 0 ? NaN : 1), { trials: 2 });
    const endings = toCsv(study)
      .split("\r\n")
      .map((line) => line.split(",").slice(-2));
    expect(endings).toEqual([["state", "fail_reason"], ["FAIL", "The objective gave NaN."], ["COMPLETE", ""], [""]]);
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
