import { afterEach, describe, expect, it, vi } from "vitest";
import { ObjectiveGuard } from "../../src/trainer/objective-guard.js";

afterEach(() => {
  vi.useRealTimers();
});

describe("user code under guard", () => {
  it("gives what it returns or throws", async () => {
    const guard = new ObjectiveGuard();
    expect(await guard.run(() => 3)).toBe(3);
    await expect(guard.run(() => Promise.reject(new Error("own")))).rejects.toThrow("own");
    await expect(
      guard.run(() => {
        throw new Error("at once");
      }),
    ).rejects.toThrow("at once");
  });

  it("fails with an error that reached nobody, and waits until the code has ended", async () => {
    const guard = new ObjectiveGuard();
    let ended = false;
    const running = guard.run(async () => {
      await new Promise(setImmediate);
      ended = true;
    });
    expect(guard.strayError(new Error("stray"))).toBe(true);
    await expect(running).rejects.toThrow("stray");
    expect(ended).toBe(true);
  });

  it("fails with an error that comes just after it returned", async () => {
    const guard = new ObjectiveGuard();
    const running = guard.run(() => 1);
    process.nextTick(() => guard.strayError(new Error("late")));
    await expect(running).rejects.toThrow("late");
  });

  it("does not wait for ever for code that does not end", async () => {
    vi.useFakeTimers();
    const guard = new ObjectiveGuard();
    const running = expect(guard.run(() => new Promise(() => {}))).rejects.toThrow("stray");
    guard.strayError(new Error("stray"));
    await vi.advanceTimersByTimeAsync(4_000);
    await running;
  });

  it("has nothing to fail when no code runs", async () => {
    const guard = new ObjectiveGuard();
    await guard.run(() => 1);
    expect(guard.strayError(new Error("nobody's"))).toBe(false);
  });
});
