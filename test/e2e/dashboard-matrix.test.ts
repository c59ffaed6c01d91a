import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { dashboards } from "./dashboard-harness/dashboards.js";
import { flaws, isSeen, ROWS, widths } from "./dashboard-harness/seen.js";
import { states } from "./dashboard-harness/states.js";
import { type ThemeName, themes } from "./dashboard-harness/themes.js";

/** Every kind of study, at every width, in every theme, as a person sees it: each in one page, which takes the next width and the next theme. */

const open = dashboards();
const MINUTE = 60_000;

describe.each([
  ["one trial", "few"],
  ["40 trials, some of them failed", "failed"],
  ["10,000 trials", "many"],
  ["100,000 trials", "huge"],
  ["two objectives", "multi"],
  ["three objectives", "three"],
  ["branches", "branches"],
  ["nothing but failed trials", "allFailed"],
] as const)("%s", (_, state) => {
  it(
    "can be read to the last row, and a trial where it is seen, at every width in every theme",
    async () => {
      const { page, host, setTheme, settled } = await open(states[state](), { width: widths[0] });
      const last = host.view!.trials.length - 1;
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        await readsLastRow(page, last);
        for (const theme of Object.keys(themes) as ThemeName[]) {
          await setTheme(theme);
          await settled();
          await expect.poll(() => flaws(page), { message: `${width} px, ${theme}` }).toEqual([]);
          expect(await isSeen(page, ".details-head h3"), `${width} px, ${theme}`).toBe(true);
        }
        await goesThroughRows(page, last);
      }
    },
    3 * MINUTE,
  );
});

it("no trial: says what to do, at every width in every theme", async () => {
  const { page, setTheme, settled } = await open(states.empty());
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    for (const theme of Object.keys(themes) as ThemeName[]) {
      await setTheme(theme);
      await settled();
      expect(await flaws(page), `${width} px, ${theme}`).toEqual([]);
      for (const selector of [".empty h2", ".empty vscode-button"])
        expect(await isSeen(page, selector), `${selector} at ${width} px, ${theme}`).toBe(true);
    }
  }
});

/** Scrolls to the end, and opens the trial there. */
async function readsLastRow(page: Page, last: number): Promise<void> {
  await page.locator(`${ROWS}[data-trial="${last}"]`).waitFor();
  const grid = page.locator(".grid");
  expect(await grid.getAttribute("aria-rowcount")).toBe(String(last + 2));
  await grid.scrollIntoViewIfNeeded();
  await grid.evaluate((it) => it.scrollTo(0, it.scrollHeight));
  const row = page.locator(`${ROWS}[data-trial="0"]`);
  await row.click();
  expect(await row.innerText()).toMatch(/^#0\s+(?:best trial\s+)?(?:Complete|Pruned|Failed)\s/);
  await page.getByRole("region", { name: "Trial 0" }).getByText("learningRate").waitFor();
  await expect.poll(() => isSeen(page, `${ROWS}[data-trial="0"] .trial-number`)).toBe(true);
}

/** Closes the trial, and goes to either end of the rows, by the keyboard. */
async function goesThroughRows(page: Page, last: number): Promise<void> {
  await page.getByRole("button", { name: "Close trial 0" }).press("Escape");
  await expect.poll(() => page.getByRole("region", { name: "Trial 0" }).count()).toBe(0);
  expect(await page.evaluate("document.activeElement.className")).toBe("grid");
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  await expect.poll(() => isSeen(page, `${ROWS}[data-trial="${last}"] .trial-number`)).toBe(true);
}
