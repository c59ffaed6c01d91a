import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Result } from "axe-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../../scripts/vscode/browser.ts";
import { type OpenDashboard, openDashboard } from "./dashboard-harness/harness.js";
import { ROWS } from "./dashboard-harness/seen.js";
import { states } from "./dashboard-harness/states.js";
import { type ThemeName, themes } from "./dashboard-harness/themes.js";

/** Every state of the dashboard, in every theme, as axe-core sees it: names, roles, contrast, focus. */

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
// 100,000 trials put the same elements on the page as 10,000.
const stateNames = (Object.keys(states) as (keyof typeof states)[]).filter((name) => name !== "huge");

/** The only rules whose answer depends on the theme. */
const ofColors = ["color-contrast", "link-in-text-block"];
const otherThemes = (Object.keys(themes) as ThemeName[]).filter((name) => name !== "dark");

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(() => browser?.close());

describe.each(stateNames)("the dashboard in state %s", (state) => {
  it("has no accessibility violation in any theme, wide or beside code, with a trial open", async () => {
    const dashboard = await openDashboard(browser, states[state](), { width: 1142 });
    try {
      await dashboard.page.evaluate(axe);
      const found = await violations(dashboard, "1142 px");
      for (const theme of otherThemes) {
        await dashboard.setTheme(theme);
        found.push(...(await violations(dashboard, theme, ofColors)));
      }
      await dashboard.page.setViewportSize({ width: 571, height: 900 });
      const row = dashboard.page.locator(ROWS).first();
      if ((await row.count()) > 0) await row.click();
      found.push(...(await violations(dashboard, "571 px")));
      expect(found).toEqual([]);
    } finally {
      await dashboard.close();
    }
  });
});

/** Each as its rule and the elements that break it. @param rules left out: all. */
async function violations(
  { page, settled }: OpenDashboard,
  where: string,
  rules?: readonly string[],
): Promise<string[]> {
  await settled();
  // What is in order is not described: that took most of the time.
  const options = JSON.stringify({ resultTypes: ["violations"], ...(rules && { runOnly: rules }) });
  const broken = await page.evaluate<Result[]>(`axe.run(${options}).then(({ violations }) => violations)`);
  return broken.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}
