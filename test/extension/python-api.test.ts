import { describe, expect, it } from "vitest";
import { interpreterFrom, type PythonApi } from "../../src/extension/python-api.js";

function apiOf(interpreter: string | undefined): PythonApi {
  return {
    environments: {
      getActiveEnvironmentPath: (resource) => ({ path: `selected for ${String(resource)}` }),
      resolveEnvironment: async ({ path }) =>
        path === "selected for a.study.ts"
          ? { executable: { uri: interpreter === undefined ? undefined : { fsPath: interpreter } } }
          : undefined,
    },
  };
}

describe("the interpreter selected in VS Code's Python extension", () => {
  it("is that of the study's file", async () => {
    expect(await interpreterFrom(apiOf("/envs/a/bin/python"), "a.study.ts")).toBe("/envs/a/bin/python");
  });

  it("is none if the extension is too old, or has none to give", async () => {
    expect(await interpreterFrom({}, "a.study.ts")).toBeUndefined();
    expect(await interpreterFrom(apiOf(undefined), "a.study.ts")).toBeUndefined();
    expect(await interpreterFrom(apiOf("/envs/a/bin/python"), "b.study.ts")).toBeUndefined();
  });
});
