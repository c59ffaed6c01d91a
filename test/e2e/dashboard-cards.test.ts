import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { InspectedStudy } from "../../src/inspector/inspected-study.js";
import { makeStudy } from "../inspector/charts/make-study.js";
import { makeTrial } from "../inspector/make-trial.js";
import { dashboards } from "./dashboard-harness/dashboards.js";
import { FakeHost } from "./dashboard-harness/harness.js";
import { row } from "./dashboard-harness/seen.js";
import { snapshotOf, states } from "./dashboard-harness/states.js";

/** The dashboard's cards and what every chart has, in a real browser, with the pointer and with the keyboard alone. */

const open = dashboards();

const order = (page: Page) =>
  page.locator(".card-slot").evaluateAll((slots) => slots.map((slot) => slot.getAttribute("data-card")));

/** Opens a card's menu and chooses from it, by keyboard alone. */
async function choose(page: Page, card: string, action: string) {
  const item = page.getByRole("menuitem", { name: action, exact: true });
  const isOpen = async () => {
    await page.getByRole("button", { name: `${card}: More Actions` }).focus();
    await page.keyboard.press("Enter");
    const [opened] = await Promise.allSettled([item.waitFor({ timeout: 5_000 })]);
    return opened.status === "fulfilled";
  };
  // A card that is drawn anew between the two loses the focus.
  await expect.poll(isOpen).toBe(true);
  const isThere = () => item.evaluate((it) => it === it.ownerDocument.activeElement);
  for (let presses = 0; presses < 20 && !(await isThere()); presses++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
}

const said = (page: Page) => page.locator("tunelens-card-grid > [role=status]").innerText();

describe("the cards", () => {
  it("are at once those that the user gave another dashboard of the window", async () => {
    const { page, host } = await open(states.finished());
    host.panel!.layoutsChanged({ "one-objective": [{ id: "trials", columns: null, height: null }] });
    await expect.poll(() => order(page)).toEqual(["trials"]);
  });

  it("are moved, resized, removed, and added by keyboard alone, said aloud, and the same in the next panel", async () => {
    const { page, host } = await open(states.finished(), { width: 1_142 });
    expect(await order(page)).toEqual(["best", "history", "importance", "curves", "trials"]);
    await choose(page, "Optimization History", "Move Left");
    await expect.poll(() => order(page)).toEqual(["history", "best", "importance", "curves", "trials"]);
    expect(await said(page)).toBe("Optimization History: position 1 of 5.");
    const focused = await page.evaluate("document.activeElement.getAttribute('aria-label')");
    expect(focused).toBe("Optimization History: More Actions");
    await choose(page, "Optimization History", "Move Down");
    await expect.poll(() => order(page)).toEqual(["best", "importance", "curves", "history", "trials"]);
    const box = async () => (await page.locator('.card-slot[data-card="importance"]').boundingBox())!;
    const before = await box();
    await choose(page, "Parameter Importance", "Wider");
    await expect.poll(async () => (await box()).width).toBeGreaterThan(before.width * 1.9);
    expect(await said(page)).toBe("Parameter Importance: 2 of 3 columns wide.");
    await choose(page, "Parameter Importance", "Taller");
    await expect.poll(async () => (await box()).height).toBe(before.height + 40);
    await choose(page, "Learning Curves", "Remove");
    await expect.poll(() => order(page)).toEqual(["best", "importance", "history", "trials"]);
    await page.getByRole("button", { name: "Add Chart" }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("l");
    await page.keyboard.press("Enter");
    const changed = ["best", "importance", "history", "curves", "trials"];
    await expect.poll(() => order(page)).toEqual(changed);
    expect(await said(page)).toBe("Learning Curves: added.");
    expect(host.layouts["one-objective"]?.map(({ id }) => id)).toEqual(changed);
    await page.reload();
    await expect.poll(() => order(page)).toEqual(changed);
    await page.getByRole("button", { name: "Add Chart" }).click();
    await page.getByRole("menuitem", { name: "Reset Layout" }).click();
    await expect.poll(() => order(page)).toEqual(["best", "history", "importance", "curves", "trials"]);
    expect(host.layouts).toEqual({});
  });

  it("have a menu that opens again as soon as something was chosen from it", async () => {
    const { page } = await open(states.finished(), { width: 1_142 });
    const button = page.getByRole("button", { name: "Optimization History: More Actions" });
    const item = page.getByRole("menuitem", { name: "Wider", exact: true });
    await button.click();
    await item.waitFor();
    await page.evaluate(`{
      const opener = document.querySelector('[aria-label="Optimization History: More Actions"]');
      const items = [...opener.parentElement.querySelectorAll("[role=menuitem]")];
      items.find(({ innerText }) => innerText === "Wider").click();
      opener.click();
    }`);
    await item.waitFor();
  });

  it("are dragged by their titles and resized by their corners; Escape gives up", async () => {
    const { page, host } = await open(states.finished(), { width: 1_800, height: 1_000 });
    const middle = async (selector: string) => {
      const box = (await page.locator(selector).boundingBox())!;
      return [box.x + box.width / 2, box.y + box.height / 2] as const;
    };
    const drag = async (selector: string, x: number, y: number) => {
      await page.mouse.move(...(await middle(selector)));
      await page.mouse.down();
      await page.mouse.move(x, y, { steps: 8 });
    };
    await drag("#curves-title", ...(await middle('.card-slot[data-card="history"]')));
    await page.mouse.up();
    const moved = ["best", "curves", "history", "importance", "trials"];
    await expect.poll(() => order(page)).toEqual(moved);
    await drag("#best-title", ...(await middle('.card-slot[data-card="importance"]')));
    await expect.poll(() => order(page)).not.toEqual(moved);
    await page.keyboard.press("Escape");
    await page.mouse.up();
    await expect.poll(() => order(page)).toEqual(moved);
    const slot = '.card-slot[data-card="best"]';
    const [x, y] = await middle(`${slot} .card-corner`);
    await drag(`${slot} .card-corner`, x + 430, y + 100);
    await page.mouse.up();
    await expect.poll(() => host.layouts["one-objective"]?.[0]).toMatchObject({ id: "best", columns: 2 });
    expect(host.layouts["one-objective"]![0]!.height).toBeGreaterThan(350);
  });

  it.each([
    [400, 1],
    [571, 1],
    [700, 2],
    [1_142, 3],
    [1_800, 4],
  ])(
    "stand in columns %i pixels wide, nothing wider than the page, the table scrolling in itself",
    async (width, columns) => {
      for (const state of ["finished", "multi", "many"] as const) {
        const { page } = await open(states[state](), { width });
        await page.locator(".grid-body .grid-row:not(.loading)").first().waitFor();
        expect(await page.locator(".cards").getAttribute("data-columns")).toBe(String(columns));
        const overflow = await page.evaluate(`[...document.querySelectorAll(".page, .card, .study, .card-head")]
        .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.className)`);
        expect(overflow, state).toEqual([]);
        const table = (await page.locator('.card-slot[data-card="trials"]').boundingBox())!;
        expect(table.height).toBeGreaterThanOrEqual(300);
        expect(table.height).toBeLessThanOrEqual(900);
      }
    },
  );
});

/** Of accuracies near 0.98, with two starts that failed. */
function withFailedStarts(): FakeHost {
  const trials = Array.from({ length: 30 }, (_, number) =>
    makeTrial(number, { values: [number === 4 || number === 17 ? 0.1 : 0.97 + ((number * 7) % 20) / 1_000] }),
  );
  const view = new InspectedStudy("sqlite:///s.db", makeStudy("maximize"), trials);
  return new FakeHost(snapshotOf({ view }), view);
}

describe("every chart", () => {
  const HISTORY = '.card-slot[data-card="history"]';
  const reset = (page: Page) => page.locator(HISTORY).getByRole("button", { name: "Reset Zoom" });
  /** What is written beside the axes, read from the chart saved as SVG. */
  const texts = async (page: Page, host: FakeHost) => {
    const saved = host.files.length;
    await choose(page, "Optimization History", "Save as SVG…");
    await expect.poll(() => host.files.length).toBe(saved + 1);
    return Array.from(host.files.at(-1)!.content.matchAll(/<text[^>]*>([^<]*)<\/text>/g), ([, text]) => text!);
  };

  it("is zoomed by wheel, box, and keyboard, and goes back", async () => {
    const { page, host, changed, settled } = await open(states.finished(), { width: 1_800 });
    const canvas = page.locator(`${HISTORY} canvas`);
    await canvas.waitFor();
    const whole = await texts(page, host);
    expect(whole).toContain("79");
    const box = (await canvas.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
    await page.mouse.wheel(0, -100);
    await reset(page).waitFor();
    await canvas.dblclick({ position: { x: box.width * 0.5, y: 4 } });
    await expect.poll(() => reset(page).count()).toBe(0);
    expect(await texts(page, host)).toEqual(whole);
    await page.mouse.move(box.x + box.width * 0.2, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.7, { steps: 5 });
    await page.mouse.up();
    await reset(page).waitFor();
    const boxed = await texts(page, host);
    expect(boxed).not.toContain("79");
    await changed({ ...host.snapshot, sequence: 2 });
    await settled();
    expect(await texts(page, host)).toEqual(boxed);
    await page.reload();
    await reset(page).waitFor();
    expect(await texts(page, host)).toEqual(boxed);
    await canvas.focus();
    await page.keyboard.press("0");
    await expect.poll(() => reset(page).count()).toBe(0);
    await page.keyboard.press("+");
    await page.keyboard.press("ArrowRight");
    await reset(page).waitFor();
    for (let presses = 0; presses < 6; presses++) await page.keyboard.press("-");
    await expect.poll(() => reset(page).count()).toBe(0);
  });

  it("says where what draws it cannot be loaded, and is drawn when it is tried again", async () => {
    const { page, complaints, settled } = await open(states.finished(), { width: 1_800 });
    const address = "**/chunks/chart-view-*.js";
    await page.route(address, (route) => route.abort());
    await page.reload();
    const problems = page.getByRole("alert").getByText("Cannot load the part of Tunelens that draws charts.");
    await problems.first().waitFor();
    expect(await problems.count()).toBeGreaterThan(1);
    expect(await page.locator("canvas").count()).toBe(0);
    await row(page, 79).waitFor();
    await page.unroute(address);
    await page.locator(HISTORY).getByRole("button", { name: "Try Again" }).click();
    await page.locator(`${HISTORY} canvas`).waitFor();
    await settled();
    expect(await problems.count()).toBe(0);
    // The browser's own.
    expect([...new Set(complaints.splice(0))]).toEqual(["Failed to load resource: net::ERR_FAILED"]);
  });

  it("is zoomed and moved by two fingers, and scrolled past by one", async () => {
    const { page, host } = await open(states.finished(), { width: 1_800 });
    const canvas = page.locator(`${HISTORY} canvas`);
    await canvas.waitFor();
    const whole = await texts(page, host);
    const { x, y, width, height } = (await canvas.boundingBox())!;
    const client = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...shares: number[]) =>
      client.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: shares.map((share, id) => ({ x: x + width * share, y: y + height / 2, id })),
      });
    await touch("touchStart", 0.5);
    await touch("touchMove", 0.6);
    await touch("touchEnd");
    expect(await reset(page).count()).toBe(0);
    await touch("touchStart", 0.4, 0.5);
    await touch("touchMove", 0.3, 0.6);
    await touch("touchMove", 0.4, 0.7);
    await touch("touchEnd");
    await reset(page).waitFor();
    const zoomed = await texts(page, host);
    expect(zoomed).not.toContain("79");
    await canvas.press("0");
    await expect.poll(() => reset(page).count()).toBe(0);
    expect(await texts(page, host)).toEqual(whole);
  });

  it("is not flattened by a failed start, and says so", async () => {
    const { page, host } = await open(withFailedStarts());
    const note = page.locator(HISTORY).getByRole("button", { name: "2 trials outside" });
    await note.waitFor();
    const ticks = (await texts(page, host)).filter((text) => text.startsWith("0."));
    expect(Math.min(...ticks.map(Number))).toBeGreaterThan(0.9);
    await note.click();
    await page.locator(HISTORY).getByRole("button", { name: "Hide 2 outliers" }).waitFor();
    expect((await texts(page, host)).map(Number).some((tick) => tick > 0 && tick < 0.5)).toBe(true);
  });

  it("is saved as PNG, SVG, and CSV, whatever is foreign in it harmless", async () => {
    const metric = '=HYPERLINK("http://a.b")</text><script>';
    const trials = [0.123456789, 0.2].map((value, number) => makeTrial(number, { values: [value] }));
    const study = { ...makeStudy("minimize"), systemAttrs: { "study:metric_names": [metric] } };
    const view = new InspectedStudy("sqlite:///s.db", study, trials);
    const { page, host } = await open(new FakeHost(snapshotOf({ view }), view));
    for (const type of ["PNG", "SVG", "CSV"]) await choose(page, "Optimization History", `Save as ${type}…`);
    await expect.poll(() => host.files.length).toBe(3);
    const [png, svg, csv] = host.files;
    const bytes = Buffer.from(png!.content, "base64");
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    const shown = (await page.locator(`${HISTORY} canvas`).boundingBox())!;
    expect(bytes.readUInt32BE(16)).toBe(2 * Math.max(480, Math.round(shown.width)));
    expect(svg!.content).toMatch(/^<svg .*<path .*<\/svg>$/s);
    expect(svg!.content).not.toContain("<script>");
    expect(csv!.content.split("\r\n").slice(1, 3)).toEqual(["0,Complete,0.123456789,★", "1,Complete,0.2,"]);
    expect(csv!.content).toMatch(/^Trial,State,"'=HYPERLINK/);
  });

  it("names a hovered trial, selects a clicked one, and marks it", async () => {
    const { page, host } = await open(states.finished(), { width: 1_800 });
    const canvas = page.locator(`${HISTORY} canvas`);
    await canvas.waitFor();
    const painted = () => page.evaluate<number>(`measureCanvas(document.querySelector('${HISTORY} canvas')).painted`);
    await expect.poll(painted).toBeGreaterThan(500);
    const before = await texts(page, host);
    const svg = host.files.at(-1)!.content;
    expect(before.length).toBeGreaterThan(5);
    await page
      .locator(HISTORY)
      .getByRole("button", { name: /Show as table/ })
      .click();
    await page.locator(HISTORY).getByRole("button", { name: "#22", exact: true }).click();
    await page.locator('.grid-row.selected[data-trial="22"]').waitFor();
    await page
      .locator(HISTORY)
      .getByRole("button", { name: /Show as chart/ })
      .click();
    await canvas.waitFor();
    await texts(page, host);
    // The ring around the selected trial's point.
    expect(host.files.at(-1)!.content.length).toBeGreaterThan(svg.length);
  });
});
