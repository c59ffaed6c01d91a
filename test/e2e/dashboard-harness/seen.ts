import type { Locator, Page } from "playwright-core";

export const ROWS = ".grid-body .grid-row:not(.loading)";

export function row(page: Page, trial: number): Locator {
  return page.locator(`${ROWS}[data-trial="${trial}"]`);
}

/** Shows a trial by its number, as the user does who does not see its row. */
export async function openTrial(page: Page, number: number): Promise<void> {
  await page.locator("vscode-text-field.jump").click();
  await page.keyboard.type(`${number}\n`);
  await page.getByRole("heading", { name: `Trial #${number}` }).waitFor();
}

/** The widths of a panel: narrow, beside code, half of a large window, all of one. */
export const widths = [400, 571, 1_142, 1_800];

/** Whether somebody sees it: all of it is in the window, and nothing lies above it. */
export function isSeen(page: Page, selector: string): Promise<boolean> {
  return page.evaluate(`(() => {
    const element = document.querySelector(${JSON.stringify(selector)});
    if (element === null) return false;
    const { top, bottom, left, right } = element.getBoundingClientRect();
    const x = Math.max(0, left) + Math.min(40, (right - left) / 2);
    const above = document.elementFromPoint(x, (top + bottom) / 2);
    return top >= 0 && bottom <= innerHeight && above !== null && (element.contains(above) || above.contains(element));
  })()`);
}

/** What of the page is not as it should be at any width, with any number of trials: too much of it, too wide, or not drawn. */
export function flaws(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const flaws = [];
    const all = [...document.querySelectorAll("*")];
    if (all.length > 3_000) flaws.push(all.length + " nodes");
    for (const box of document.querySelectorAll(".page, .card, .study, .card-head"))
      if (box.scrollWidth > box.clientWidth + 1) flaws.push("too wide: " + box.className);
    for (const canvas of document.querySelectorAll("canvas"))
      if (canvas.checkVisibility() && measureCanvas(canvas).painted < 100) flaws.push("blank: " + canvas.ariaLabel);
    return flaws;
  })()`);
}
