import { describe, expect, it, vi } from "vitest";
import * as v from "valibot";
import { checkedFunctions, panelCall } from "../../src/extension/dashboard-messages.js";
import type { DashboardHostFunctions } from "../../src/protocol/dashboard.js";

function host() {
  const call = vi.fn(async (): Promise<never> => undefined as never);
  const functions: DashboardHostFunctions = {
    ready: call,
    listTrials: call,
    getTrial: call,
    getChart: call,
    getArtifact: call,
    compareCode: call,
    annotate: call,
    getFieldValues: call,
    cancelChart: call,
    saveFile: call,
    getLayouts: call,
    saveLayout: call,
    act: call,
  };
  return { call, functions: checkedFunctions(functions) };
}

type Call = (...args: unknown[]) => Promise<unknown>;

describe("a panel's call", () => {
  it.each<[keyof DashboardHostFunctions, unknown[]]>([
    ["ready", [1]],
    ["listTrials", [{ offset: 0, limit: 1000 }]],
    [
      "listTrials",
      [{ offset: 5, limit: 10, sort: [{ column: "param:lr", descending: true }], filter: "state = failed" }],
    ],
    ["getTrial", [7]],
    ["getChart", [{ chart: "history" }]],
    ["getChart", [{ chart: "importance", evaluator: "fanova", objective: 1 }]],
    ["getChart", [{ chart: "curves", limit: 500, states: ["RUNNING"] }]],
    ["getArtifact", [null, "0b9a1f2e-0000-4000-8000-000000000000", 393_216]],
    ["annotate", [{ type: "note", trial: null, body: "# Best", version: 3 }]],
    ["annotate", [{ type: "tags", trial: 4, tags: [{ name: "odd", color: "red" }] }]],
    ["cancelChart", [{ chart: "importance", evaluator: "fanova" }]],
    ["saveFile", [{ name: "history-2", type: "csv", content: "Trial\r\n1\r\n" }]],
    ["saveFile", [{ name: "pareto-front", type: "png", content: "iVBORw0KGgo=" }]],
    ["getLayouts", []],
    ["saveLayout", ["one-objective", [{ id: "history-2", columns: 2, height: null }]]],
    ["saveLayout", ["several-objectives", null]],
    ["act", [{ type: "retrain" }]],
    ["act", [{ type: "copyParameters", trial: 3 }]],
    ["compareCode", [3, 7]],
    ["act", [{ type: "showChanges", from: 3, to: 7 }]],
    ["act", [{ type: "runAgain", numbers: [0, 39] }]],
    ["act", [{ type: "copyTable", table: "number\tlr\r\n", trials: 1 }]],
    ["act", [{ type: "openStudy", study: "another", trial: 3 }]],
    ["act", [{ type: "openStudy", study: "another" }]],
    ["act", [{ type: "openLink", url: "https://example.org/a?b=c" }]],
  ])("%s%j goes through", async (name, args) => {
    const { functions, call } = host();
    await (functions[name] as Call)(...args);
    expect(call).toHaveBeenCalledExactlyOnceWith(...args);
  });

  it.each<[keyof DashboardHostFunctions, unknown[]]>([
    ["ready", []],
    ["listTrials", [{ offset: 0, limit: 1001 }]],
    ["listTrials", [{ offset: -1, limit: 10 }]],
    ["listTrials", [{ offset: 0, limit: 10, sort: [{ column: "1; DROP TABLE trials", descending: true }] }]],
    ["getTrial", ["7"]],
    ["getTrial", [1.5]],
    ["getChart", ["history", "other-study"]],
    ["getChart", [{ chart: "constructor" }]],
    ["getChart", [{ chart: "history", evaluator: "fanova" }]],
    ["getChart", [{ chart: "history", objective: -1 }]],
    ["getChart", [{ chart: "importance", evaluator: "shap" }]],
    ["getChart", [{ chart: "curves", limit: 501 }]],
    ["getArtifact", [3, "../../etc/passwd", 0]],
    ["getArtifact", [3, "..", 0]],
    ["getArtifact", [3, "0b9a1f2e-0000-4000-8000-000000000000", -1]],
    ["act", [{ type: "saveArtifact", trial: 3, id: "a/b" }]],
    ["act", [{ type: "openStudy", study: { storage: "sqlite:////etc/x.db", name: "another" } }]],
    ["annotate", [{ type: "note", trial: -1, body: "", version: 0 }]],
    ["annotate", [{ type: "note", trial: 1, body: "x".repeat(100_001), version: 0 }]],
    ["annotate", [{ type: "note", trial: 1, body: "x" }]],
    ["annotate", [{ type: "tags", trial: 1, tags: [{ name: " ", color: "red" }] }]],
    ["annotate", [{ type: "tags", trial: 1, tags: [{ name: "a", color: "url(x)" }] }]],
    ["cancelChart", []],
    ["saveFile", [{ name: "../../.bashrc", type: "csv", content: "" }]],
    ["saveFile", [{ name: "history", type: "sh", content: "" }]],
    ["saveFile", [{ name: "history", type: "png", content: "<svg/>" }]],
    ["saveLayout", ["some-objectives", null]],
    ["saveLayout", ["one-objective", [{ id: "../history", columns: 1, height: null }]]],
    ["saveLayout", ["one-objective", [{ id: "history", columns: 5, height: null }]]],
    ["saveLayout", ["one-objective", [{ id: "history", columns: 1, height: 1e6 }]]],
    ["act", [{ type: "delete" }]],
    ["act", [{ type: "start", file: "/etc/passwd" }]],
    ["act", [{ type: "copyParameters" }]],
    ["compareCode", [3]],
    ["act", [{ type: "showChanges", from: 3, to: "../7" }]],
    ["act", [{ type: "runAgain", numbers: [] }]],
    ["act", [{ type: "runAgain", numbers: Array.from({ length: 1_001 }, (_, i) => i) }]],
    ["act", [{ type: "openLink", url: "command:workbench.action.quit" }]],
    ["act", [{ type: "openLink", url: "file:///etc/passwd" }]],
  ])("%s%j is refused", async (name, args) => {
    const { functions, call } = host();
    await expect((functions[name] as Call)(...args)).rejects.toThrow(`invalid arguments for ${name}`);
    expect(call).not.toHaveBeenCalled();
  });
});

describe("what a panel's call is wrapped in", () => {
  it("is accepted as the rpc library sends it", () => {
    expect(v.is(panelCall, { t: "q", i: "x1", m: "getTrial", a: [1] })).toBe(true);
  });

  it.each([
    [{ t: "q", i: "x1", m: "constructor", a: [] }],
    [{ t: "q", i: "x1", m: "$close", a: [] }],
    [{ t: "s", i: "x1", r: 1 }],
    [{ t: "q", m: "act", a: "act" }],
    ["text"],
    [null],
  ])("%j is not", (message) => {
    expect(v.is(panelCall, message)).toBe(false);
  });
});
