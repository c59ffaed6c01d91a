import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../../scripts/vscode/browser.ts";
import { type FakeHost, type OpenDashboard, openDashboard, type OpenOptions } from "./dashboard-harness/harness.js";
import { states } from "./dashboard-harness/states.js";

/** The trial table in a real browser, at every width and size, as a person sees it. */

let browser: Browser;
let dashboard: OpenDashboard | null = null;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(() => browser?.close());

afterEach(async () => {
  const complaints = dashboard?.complaints ?? [];
  await dashboard?.close();
  dashboard = null;
  expect(complaints).toEqual([]);
});

async function open(host: FakeHost, options: OpenOptions = {}) {
  dashboard = await openDashboard(browser, host, options);
  return { ...dashboard, host };
}

const ROWS = ".grid-body .grid-row:not(.loading)";
const MAX_NODES = 3_000;

function nodes(page: Page): Promise<number> {
  return page.evaluate("document.querySelectorAll('*').length");
}

/** Whether somebody sees it: all of it is in the window, and nothing lies above it. */
function isSeen(page: Page, selector: string): Promise<boolean> {
  return page.evaluate(`(() => {
    const element = document.querySelector(${JSON.stringify(selector)});
    if (element === null) return false;
    const { top, bottom, left, right } = element.getBoundingClientRect();
    const x = Math.max(0, left) + Math.min(40, (right - left) / 2);
    const above = document.elementFromPoint(x, (top + bottom) / 2);
    return top >= 0 && bottom <= innerHeight && above !== null && (element.contains(above) || above.contains(element));
  })()`);
}

const widths = [400, 571, 1_142, 1_800];

describe.each(widths)("at %i px", (width) => {
  it.each(["many", "huge"] as const)(
    "scrolls to the last of %s trials, and shows one where it is seen",
    async (state) => {
      const { page, host } = await open(states[state](), { width });
      const last = host.view!.trials.length - 1;
      await page.locator(`${ROWS}[data-trial="${last}"]`).waitFor();
      expect(await nodes(page)).toBeLessThan(MAX_NODES);
      const grid = page.locator(".grid");
      await grid.scrollIntoViewIfNeeded();
      await grid.evaluate((it) => it.scrollTo(0, it.scrollHeight));
      await page.locator(`${ROWS}[data-trial="0"]`).waitFor();
      await page.locator(`${ROWS}[data-trial="0"]`).click();
      await page.getByRole("region", { name: "Trial 0" }).getByText("learningRate").waitFor();
      expect(await isSeen(page, ".details-head h3")).toBe(true);
      await expect.poll(() => isSeen(page, `${ROWS}[data-trial="0"] .trial-number`)).toBe(true);
      expect(await nodes(page)).toBeLessThan(MAX_NODES);
      await page.getByRole("button", { name: "Close trial 0" }).focus();
      await page.keyboard.press("Escape");
      await expect.poll(() => page.getByRole("region", { name: "Trial 0" }).count()).toBe(0);
      expect(await page.evaluate("document.activeElement.className")).toBe("grid");
      await page.keyboard.press("Home");
      await page.locator(`${ROWS}[data-trial="${last}"]`).waitFor();
      await page.keyboard.press("End");
      await page.keyboard.press("Enter");
      await page.getByRole("region", { name: "Trial 0" }).waitFor();
      expect(await isSeen(page, ".details-head h3")).toBe(true);
    },
    60_000,
  );

  it.each([
    ["no trial", "empty", 0],
    ["one trial", "few", 1],
    ["40 trials", "failed", 40],
  ] as const)("shows %s", async (_, state, trials) => {
    const { page } = await open(states[state](), { width });
    if (trials === 0) {
      await page.getByText("This study has not run yet").waitFor();
      return;
    }
    await page.locator(`${ROWS}[data-trial="${trials - 1}"]`).click();
    await page.getByRole("region", { name: `Trial ${trials - 1}` }).waitFor();
    expect(await isSeen(page, ".details-head h3")).toBe(true);
    expect(await page.locator(".grid").getAttribute("aria-rowcount")).toBe(String(trials + 1));
    expect(await nodes(page)).toBeLessThan(MAX_NODES);
    const overflow = await page.evaluate(`[...document.querySelectorAll(".page, .card")]
      .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.className)`);
    expect(overflow).toEqual([]);
  });
});
