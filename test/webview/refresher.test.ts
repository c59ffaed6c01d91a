import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refresher } from "../../webview/refresher.js";
import { pause } from "../wait.js";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("Refresher", () => {
  it("asks at once, and then at most once per interval", async () => {
    const load = vi.fn(async () => {});
    const refresher = new Refresher(load, 1_000);
    for (let i = 0; i < 5; i++) refresher.request();
    await vi.advanceTimersByTimeAsync(0);
    expect(load).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 5; i++) refresher.request();
    await vi.advanceTimersByTimeAsync(999);
    expect(load).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(load).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("never asks twice at a time, and once more for what changed during an answer", async () => {
    let [atOnce, most] = [0, 0];
    const load = vi.fn(async () => {
      most = Math.max(most, ++atOnce);
      await pause(3_000, "of a made-up clock");
      atOnce -= 1;
    });
    const refresher = new Refresher(load, 100);
    refresher.request();
    for (let i = 0; i < 20; i++) {
      await vi.advanceTimersByTimeAsync(100);
      refresher.request();
    }
    expect(load).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(load).toHaveBeenCalledTimes(2);
    expect(most).toBe(1);
  });

  it("does not wait for the interval when it is about something else", async () => {
    const load = vi.fn(async () => {});
    const refresher = new Refresher(load, 10_000);
    refresher.request();
    await vi.advanceTimersByTimeAsync(0);
    refresher.request();
    refresher.restart();
    await vi.advanceTimersByTimeAsync(0);
    expect(load).toHaveBeenCalledTimes(2);
  });
});
