import { describe, expect, it } from "vitest";
import type { TrialPage, TrialQuery, TrialSummary } from "../../src/protocol/inspector.js";
import { TrialPages } from "../../webview/table/trial-pages.js";

const row = (number: number): TrialSummary => ({
  number,
  state: "COMPLETE",
  values: [number],
  params: {},
  startedAt: 0,
  durationMs: 1,
  lastStep: null,
  lastValue: null,
  failReason: null,
  pausedAt: null,
  continuedBy: null,
  tags: [],
  bestValue: null,
  peakMemory: null,
  isOnFront: false,
  repeats: null,
  attributes: {},
});

/** A host whose answers come when they are let go. */
function slowHost(total: number) {
  const waiting: { readonly query: TrialQuery; answer(page?: TrialPage): Promise<void>; refuse(): Promise<void> }[] =
    [];
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  const fetch = (query: TrialQuery) =>
    new Promise<TrialPage>((resolve, reject) => {
      const count = Math.max(0, Math.min(query.limit, total - query.offset));
      const rows = Array.from({ length: count }, (_, i) => row(query.offset + i));
      waiting.push({
        query,
        answer(page = { rows, total, offset: query.offset }) {
          resolve(page);
          return settled();
        },
        refuse() {
          reject(new Error("gone"));
          return settled();
        },
      });
    });
  return { fetch, waiting, offsets: () => waiting.map(({ query }) => query.offset) };
}

describe("TrialPages", () => {
  it("asks for the pages in sight, two at a time, and only once", async () => {
    const host = slowHost(10_000);
    const pages = new TrialPages(host.fetch, () => {});
    pages.reorder({});
    pages.show(0, 30);
    expect(host.offsets()).toEqual([0]);
    await host.waiting[0]!.answer();
    expect(pages.total).toBe(10_000);
    expect(pages.row(30)?.number).toBe(30);
    expect(pages.row(100)).toBeUndefined();
    pages.show(5_090, 5_310);
    expect(host.offsets()).toEqual([0, 5_000, 5_100]);
    pages.show(5_090, 5_310);
    await host.waiting[1]!.answer();
    expect(host.offsets()).toEqual([0, 5_000, 5_100, 5_200]);
  });

  it("does not ask for what was only passed on the way", async () => {
    const host = slowHost(10_000);
    const pages = new TrialPages(host.fetch, () => {});
    pages.reorder({});
    await host.waiting[0]!.answer();
    for (let first = 0; first < 9_900; first += 70) pages.show(first, first + 30);
    expect(host.waiting).toHaveLength(3);
    await host.waiting[1]!.answer();
    expect(host.offsets().at(-1)).toBe(9_800);
  });

  it("drops the answers to an earlier order", async () => {
    const host = slowHost(300);
    const pages = new TrialPages(host.fetch, () => {});
    pages.reorder({});
    pages.reorder({ sort: [{ column: "value", descending: true }] });
    expect(host.waiting[1]!.query.sort).toEqual([{ column: "value", descending: true }]);
    await host.waiting[0]!.answer();
    expect(pages.row(0)).toBeUndefined();
    await host.waiting[1]!.answer({ rows: [row(7)], total: 1, offset: 0 });
    expect(pages.row(0)?.number).toBe(7);
    expect(pages.total).toBe(1);
  });

  it("keeps a stale page until its new rows are there", async () => {
    const host = slowHost(50);
    const pages = new TrialPages(host.fetch, () => {});
    pages.reorder({});
    await host.waiting[0]!.answer();
    pages.invalidate();
    expect(pages.row(3)?.number).toBe(3);
    expect(host.waiting).toHaveLength(2);
    await host.waiting[1]!.answer({ rows: [row(99)], total: 1, offset: 0 });
    expect(pages.row(0)?.number).toBe(99);
    expect(pages.row(3)).toBeUndefined();
  });

  it("asks once more for a page that changed while it was on its way", async () => {
    const host = slowHost(50);
    const pages = new TrialPages(host.fetch, () => {});
    pages.reorder({});
    await host.waiting[0]!.answer();
    pages.invalidate();
    pages.invalidate();
    await host.waiting[1]!.answer();
    expect(host.waiting).toHaveLength(3);
    await host.waiting[2]!.answer();
    expect(host.waiting).toHaveLength(3);
  });

  it("tells why a page could not be had, and tries again after a change", async () => {
    const host = slowHost(50);
    const pages = new TrialPages(host.fetch, () => {});
    pages.reorder({});
    await host.waiting[0]!.refuse();
    expect(pages.error).toEqual(new Error("gone"));
    pages.show(0, 30);
    expect(host.waiting).toHaveLength(1);
    pages.invalidate();
    await host.waiting[1]!.answer();
    expect(pages.error).toBeNull();
    expect(pages.row(0)?.number).toBe(0);
  });

  it("holds on to no more than 40 pages, those near what is seen", async () => {
    const host = slowHost(10_000);
    const pages = new TrialPages(host.fetch, () => {});
    pages.reorder({});
    await host.waiting[0]!.answer();
    for (let page = 1; page < 60; page++) {
      pages.show(page * 100, page * 100 + 30);
      await host.waiting[page]!.answer();
    }
    const kept = Array.from({ length: 60 }, (_, page) => pages.row(page * 100)).filter(Boolean);
    expect(kept).toHaveLength(40);
    expect(pages.row(0)).toBeUndefined();
    expect(pages.row(5_900)).toBeDefined();
  });
});
