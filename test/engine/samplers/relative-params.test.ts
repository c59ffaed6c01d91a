import { describe, expect, it } from "vitest";
import type { ParamValue } from "../../../src/engine/distribution.js";
import { sharedRelativeParams, shareRelativeParams } from "../../../src/engine/samplers/relative-params.js";
import { FakeStudy } from "../fake-study.js";

function share(params: ReadonlyMap<string, ParamValue>) {
  const study = new FakeStudy(0);
  const { id } = study.add({ state: "RUNNING" });
  shareRelativeParams(study.storage, id, params, "tpe");
  return study.trials[id]!;
}

describe("relative params shared through system attributes", () => {
  it("come back as they were, in chunks of at most 2045 ASCII characters", () => {
    const params = new Map<string, ParamValue>();
    for (let i = 0; i < 300; i++) params.set(`слой_${i}`, i % 2 === 0 ? i / 7 : "🙂");
    params.set("nothing", null);
    const trial = share(params);
    const chunks = Object.values(trial.systemAttrs).map(String);
    expect(chunks.length).toBeGreaterThan(3);
    expect(Object.keys(trial.systemAttrs)[1]).toBe("tpe:relative_params:1");
    for (const chunk of chunks.slice(0, -1)) expect(chunk).toHaveLength(2045);
    for (const chunk of chunks) expect(chunk).toMatch(/^[ -~]*$/);
    expect(sharedRelativeParams(trial, "tpe")).toEqual(Object.fromEntries(params));
  });

  it("reads what Python's json.dumps writes", () => {
    const study = new FakeStudy(0);
    const text = '{"x": 0.25, "k": 3, "c": "\\u00e9", "n": null}';
    const trial = study.add({ systemAttrs: { "tpe:relative_params:0": text } });
    expect(sharedRelativeParams(trial, "tpe")).toEqual({ x: 0.25, k: 3, c: "é", n: null });
  });

  it("keeps samplers apart", () => {
    const trial = share(new Map([["x", 1]]));
    expect(sharedRelativeParams(trial, "gp")).toEqual({});
  });

  it("is nothing while chunks are missing, or where there are none", () => {
    const study = new FakeStudy(0);
    expect(sharedRelativeParams(study.add(), "tpe")).toEqual({});
    expect(sharedRelativeParams(study.add({ systemAttrs: { "tpe:relative_params:0": '{"x": 0.' } }), "tpe")).toEqual(
      {},
    );
  });
});
