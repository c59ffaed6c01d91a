import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { dashboards } from "./dashboard-harness/dashboards.js";
import type { FakeHost } from "./dashboard-harness/harness.js";
import { isSeen, row, ROWS, widths } from "./dashboard-harness/seen.js";
import { states } from "./dashboard-harness/states.js";

/** The trial table in a real browser: its filter, its columns, and what is done with trials. */

const open = dashboards();

describe("scrolling", () => {
  it("turns rows that leave into rows that come, and stands in the order of the trials in the end", async () => {
    const { page } = await open(states.many());
    await page.locator(ROWS).first().waitFor();
    await page.locator(".grid").scrollIntoViewIfNeeded();
    const made = await page.evaluate<number>(`(async () => {
      const rows = () => [...document.querySelectorAll(".grid-body .grid-row:not(.loading)")];
      const grid = document.querySelector(".grid");
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      grid.scrollBy(0, 500);
      await frame();
      const before = new Set(rows());
      const made = new Set();
      for (let i = 0; i < 5; i++) {
        grid.scrollBy(0, 100);
        await frame();
        for (const row of rows()) if (!before.has(row)) made.add(row);
      }
      return made.size;
    })()`);
    // Twenty came; now and then there is one more in sight than before.
    expect(made).toBeLessThanOrEqual(5);
    const numbers = () => page.locator(ROWS).evaluateAll((rows) => rows.map((row) => Number(row.dataset["trial"])));
    await expect
      .poll(async () => {
        const shown = await numbers();
        return shown.length > 20 && shown.every((number, i) => i === 0 || number === shown[i - 1]! - 1);
      })
      .toBe(true);
  });
});

describe("the filter", () => {
  const box = (page: Page) => page.getByRole("combobox", { name: "Filter trials" });
  const filters = (host: FakeHost) => host.queries.at(-1)?.filter;

  it("is written with completions, narrows table and charts, and survives a reload", async () => {
    const { page, host } = await open(states.finished());
    await box(page).click();
    await page.keyboard.type("opt");
    await expect.poll(() => page.getByRole("option").count()).toBe(0);
    await page.keyboard.press("Control+a");
    await page.keyboard.type("activ");
    await page.getByRole("option", { name: "activation" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect.poll(() => box(page).inputValue()).toBe("activation ");
    await page.getByRole("option", { name: "not in" }).waitFor();
    await page.keyboard.type("= ");
    await page.getByRole("option", { name: "swish" }).click();
    await page.keyboard.type("and number < 40");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Enter");
    const clause = "activation = swish and number < 40";
    await expect.poll(() => filters(host)).toBe(clause);
    const matching = host.view!.page({ offset: 0, limit: 1, filter: clause }).total;
    expect(matching).toBeGreaterThan(3);
    await page.getByText(`${matching} of 80 trials`).waitFor();
    await expect.poll(() => page.locator(".grid").getAttribute("aria-rowcount")).toBe(String(matching + 1));
    const charts = host.view!.chart({ chart: "importance", filter: clause }).trials;
    await page.getByRole("img", { name: new RegExp(`Parameter importance from ${charts} complete`) }).waitFor();
    await page.getByRole("button", { name: /^Complete/ }).click();
    await expect.poll(() => filters(host)).toBe(`(${clause}) and (state = complete)`);
    await page.reload();
    await page.getByRole("button", { name: `Remove ${clause}` }).click();
    await expect.poll(() => filters(host)).toBe("state = complete");
    await page.getByRole("button", { name: "Clear All" }).click();
    await expect.poll(() => page.locator(".grid").getAttribute("aria-rowcount")).toBe("81");
    await box(page).click();
    await page.keyboard.press("Escape");
    await page.keyboard.press("ArrowUp");
    await page.getByRole("option", { name: clause }).waitFor();
    await page.keyboard.press("Enter");
    expect(await box(page).inputValue()).toBe(clause);
  });

  it("shows an error at its place, and what may have been meant", async () => {
    const { page, host } = await open(states.finished());
    await box(page).click();
    await page.keyboard.type("val_los < 1");
    await page.getByText("No field is named val_los. Did you mean val_loss?").waitFor();
    expect(await page.locator(".query-fault").textContent()).toBe("val_los");
    expect(await box(page).getAttribute("aria-invalid")).toBe("true");
    await page.getByRole("button", { name: "Use val_loss" }).click();
    expect(await box(page).inputValue()).toBe("val_loss < 1");
    await box(page).press("End");
    await page.keyboard.type(" and");
    expect(await page.locator("#query-error").count()).toBe(0);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Enter");
    await page.getByText(/^Expected a field/).waitFor();
    expect(host.queries.every(({ filter }) => filter === undefined)).toBe(true);
  });
});

describe("columns", () => {
  const header = (page: Page, name: string) => page.getByRole("columnheader", { name });
  const order = (page: Page) =>
    page.evaluate("[...document.querySelectorAll('[role=columnheader]')].map(({ dataset }) => dataset.column)");

  it("sort by several, by pointer and by keyboard, and say in what order", async () => {
    const { page, host } = await open(states.multi());
    const sort = () => host.queries.at(-1)?.sort;
    await header(page, "State").getByRole("button").click();
    await header(page, "latency ms")
      .getByRole("button")
      .click({ modifiers: ["Shift"] });
    await expect.poll(sort).toEqual([
      { column: "state", descending: false },
      { column: "value:1", descending: false },
    ]);
    expect(await header(page, "latency ms").locator(".sort-place").innerText()).toContain("2");
    expect(await header(page, "State").getAttribute("aria-sort")).toBe("ascending");
    const latencies = await page.locator(`${ROWS}[data-state="COMPLETE"] .cell:nth-child(4)`).allInnerTexts();
    expect(latencies.length).toBeGreaterThan(5);
    expect(latencies.map(Number)).toEqual(latencies.map(Number).toSorted((a, b) => a - b));
    await header(page, "val_loss").getByRole("button").press("Shift+Enter");
    await expect.poll(() => sort()?.length).toBe(3);
    await header(page, "Trial").getByRole("button").click();
    await expect.poll(sort).toEqual([{ column: "number", descending: true }]);
  });

  it("mark the trials on the Pareto front", async () => {
    const { page, host } = await open(states.multi());
    await header(page, "val_loss").getByRole("button").click();
    const best = host.view!.page({ offset: 0, limit: 1, sort: [{ column: "value", descending: false }] }).rows[0]!;
    await page
      .locator(`${ROWS}[data-trial="${best.number}"]`)
      .getByText("on the Pareto front")
      .waitFor({ state: "attached" });
    const marks = await page.locator(".best-star").count();
    expect(marks).toBeGreaterThan(0);
    expect(marks).toBeLessThan(await page.locator(ROWS).count());
  });

  it("are chosen by group, attributes among them, and keep their order and widths", async () => {
    const { page, host } = await open(states.finished());
    await page.getByRole("button", { name: "Choose columns" }).click();
    await page.getByRole("button", { name: "Hide all: Parameters" }).click();
    await page.getByRole("button", { name: "Show all: Attributes" }).click();
    await page.getByRole("checkbox", { name: "Peak Memory" }).click();
    await page.getByRole("checkbox", { name: "Best Value" }).click();
    await page.keyboard.press("Escape");
    await expect.poll(() => host.queries.at(-1)?.attributes).toEqual(["parameters"]);
    await header(page, "parameters").waitFor();
    const shown = [
      "number",
      "state",
      "value",
      "best",
      "attribute:parameters",
      "lastStep",
      "duration",
      "memory",
      undefined,
    ];
    expect(await order(page)).toEqual(shown);
    await page.locator(`${ROWS}[data-state="COMPLETE"]`).first().getByRole("gridcell", { name: / MB$/ }).waitFor();
    await header(page, "parameters").getByRole("button").press("Alt+ArrowLeft");
    await expect.poll(() => order(page)).toEqual(shown.toSpliced(3, 2, shown[4], shown[3]));
    const width = async () => Math.round((await header(page, "Best Value").boundingBox())!.width);
    const before = await width();
    await header(page, "Best Value").getByRole("button").press("Shift+ArrowRight");
    await expect.poll(width).toBe(before + 16);
    const edge = (await header(page, "Best Value").locator(".column-edge").boundingBox())!;
    await page.mouse.move(edge.x + 3, edge.y + 5);
    await page.mouse.down();
    await page.mouse.move(edge.x + 43, edge.y + 5, { steps: 4 });
    await page.mouse.up();
    await expect.poll(width).toBe(before + 56);
    await header(page, "Duration").getByRole("button").dragTo(header(page, "State"));
    await expect
      .poll(async () => ((await order(page)) as string[]).slice(0, 3))
      .toEqual(["number", "duration", "state"]);
    await page.reload();
    await expect
      .poll(async () => ((await order(page)) as string[]).slice(0, 3))
      .toEqual(["number", "duration", "state"]);
    await expect.poll(width).toBe(before + 56);
  });
});

describe("several trials", () => {
  const selected = (page: Page) =>
    page.evaluate<string[]>(
      "[...document.querySelectorAll('.grid-row[aria-selected=true]')].map(({ dataset }) => dataset.trial)",
    );

  it.each(widths)("are selected by pointer and keyboard, compared, and exported at %i px", async (width) => {
    const { page, host } = await open(states.finished(), { width });
    await row(page, 79).click({ modifiers: ["Control"] });
    await row(page, 76).click({ modifiers: ["Shift"] });
    await expect.poll(() => selected(page)).toEqual(["79", "78", "77", "76"]);
    await row(page, 77).click({ modifiers: ["Control"] });
    await page.getByText("3 selected").waitFor();
    await page.locator(".grid").press("Space");
    await page.keyboard.press("Shift+ArrowUp");
    await page.keyboard.press("Shift+ArrowUp");
    await expect.poll(() => selected(page)).toEqual(["79", "78", "77"]);
    await page.getByRole("button", { name: "Compare" }).click();
    const comparison = page.getByRole("region", { name: "Comparison" });
    await comparison.getByRole("columnheader", { name: "#78" }).waitFor();
    expect(await isSeen(page, "tunelens-trial-comparison h3")).toBe(true);
    await comparison.getByRole("rowheader", { name: "learningRate" }).waitFor();
    const differ = await page.evaluate<boolean[]>(`[...document.querySelectorAll(".comparison tbody:nth-of-type(2) tr")]
      .slice(1).map((row) => row.className === "differs")`);
    expect(differ).toEqual(differ.toSorted((a, b) => Number(b) - Number(a)));
    await expect.poll(() => comparison.locator("canvas").count()).toBe(1);
    await comparison.getByRole("button", { name: "Close comparison" }).press("Escape");
    await expect.poll(() => comparison.count()).toBe(0);
    await row(page, 78).click({ button: "right" });
    await page.getByRole("menuitem", { name: "Export as CSV…" }).click();
    await expect.poll(() => host.files.length).toBe(1);
    const lines = host.files[0]!.content.trim().split("\r\n");
    expect(lines[0]).toMatch(/^number,state,val_loss,convLayers,.*,parameters,started,seconds,fail reason$/);
    expect(lines.slice(1).map((line) => line.split(",")[0])).toEqual(["77", "78", "79"]);
  });

  it("have a menu for one, by keyboard, too", async () => {
    const { page, host } = await open(states.failed());
    await row(page, 39).click({ button: "right" });
    await page.getByRole("menuitem", { name: "Run Again" }).click();
    await expect.poll(() => host.actions).toEqual([{ type: "runAgain", numbers: [39] }]);
    await page.locator(".grid").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Shift+F10");
    await page.getByRole("menuitem", { name: "Enqueue a Variant…" }).waitFor();
    await page.keyboard.press("c");
    await page.keyboard.press("Enter");
    await expect.poll(() => host.actions.at(-1)).toEqual({ type: "copyParameters", trial: 38 });
    await page.getByRole("button", { name: "Trials: More Actions" }).click();
    await page.getByRole("menuitem", { name: "Export as JSON…" }).click();
    await expect.poll(() => host.files.length).toBe(1);
    const trials = JSON.parse(host.files[0]!.content) as { number: number }[];
    expect(trials.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    host.refuses = "The disk is full.";
    await page.getByRole("button", { name: "Trials: More Actions" }).click();
    await page.getByRole("menuitem", { name: "Export as JSON…" }).click();
    await page.getByRole("alert").getByText("The disk is full.").waitFor();
  });
});
