import { expect, it, vi } from "vitest";

const showWarningMessage = vi.hoisted(() => vi.fn(async () => undefined));

vi.mock("vscode", () => ({
  window: { showInformationMessage: undefined, showWarningMessage, showErrorMessage: undefined },
}));

it("asks about changed code also where what the study last ran cannot be read", async () => {
  const { startStudy } = await import("../../src/extension/start-study.js");
  const study = { storage: "sqlite:////w/studies.db", name: "digits" };
  const target = { study, folder: "/w", file: "/w/digits.study.ts", exportName: null, trials: null };
  const error = { code: "study-code-changed", message: "The code has changed." };
  const parts = {
    runner: { start: async () => ({ kind: "failed", error }) },
    store: { study: () => undefined },
    inspector: { getCode: async () => Promise.reject(new Error("The storage does not answer.")) },
  } as unknown as Parameters<typeof startStudy>[2];
  await startStudy(target, {}, parts);
  expect(showWarningMessage).toHaveBeenCalledTimes(1);
});
