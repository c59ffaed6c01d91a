import { expect, it, vi } from "vitest";

const user = vi.hoisted(() => ({ cancel: () => {} }));

vi.mock("vscode", () => ({
  ProgressLocation: {},
  window: {
    withProgress: (_options: unknown, work: (progress: unknown, token: unknown) => unknown) =>
      work({}, { onCancellationRequested: (listener: () => void) => (user.cancel = listener) }),
  },
}));

it("work that the user cancels has no result, and no error; that of other work is thrown", async () => {
  const { showCancellableProgress } = await import("../../src/extension/surfaces.js");
  const ended = (signal: AbortSignal) =>
    new Promise<string>((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("ended")));
    });
  const running = showCancellableProgress("Building…", ended);
  user.cancel();
  expect(await running).toBeUndefined();
  expect(await showCancellableProgress("Building…", async () => "built")).toBe("built");
  const failing = async () => Promise.reject(new Error("no compiler"));
  await expect(showCancellableProgress("Building…", failing)).rejects.toThrow("no compiler");
});
