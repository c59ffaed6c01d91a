import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { launchChromium } from "../../../scripts/vscode/browser.ts";
import type { ChartName } from "../../../src/protocol/charts.js";
import { type FakeHost, openDashboard, type OpenOptions } from "./harness.js";
import { openTrial } from "./seen.js";
import { states, withCards } from "./states.js";

/** The pictures of docs/dashboard.md, each of a state in the real page: part of `npm run pictures`. `tsx docs-pictures.ts [NAME …]` takes some. */
const folder = fileURLToPath(new URL("../../../docs/pictures/", import.meta.url));
const only = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

interface Picture extends OpenOptions {
  readonly host: () => FakeHost;
  /** Charts that are waited for until they are drawn. */
  readonly charts?: readonly ChartName[];
  prepare?(page: Page): Promise<void>;
}

const cards = (host: FakeHost, charts: readonly ChartName[], height?: number): Omit<Picture, "theme" | "width"> => ({
  host: () => withCards(host, charts, height),
  charts,
});

const pictures: Readonly<Record<string, Picture>> = {
  "beside-code": {
    host: states.finished,
    charts: ["history", "importance", "curves"],
    width: 571,
    height: 1_500,
    prepare: (page) => openTrial(page, 22),
  },
  running: { host: states.running, charts: ["history", "importance", "curves"], width: 1_142, height: 820 },
  failed: { host: states.failed, charts: ["history"], width: 1_142, height: 460 },
  "all-failed": { host: states.allFailed, width: 1_142, height: 620, theme: "light" },
  "many-trials": {
    ...cards(states.many(), ["curves"], 360),
    width: 760,
    height: 520,
    async prepare(page) {
      await page.getByRole("combobox", { name: "Which trials" }).click();
      await page.getByRole("option", { name: "All, by Density" }).click();
      await page.getByRole("img", { name: /^Density of the learning curves of 10,000 trials/ }).waitFor();
    },
  },
  "charts-of-parameters": {
    ...cards(states.params(), ["slice", "contour", "rank"], 290),
    width: 1_142,
    height: 450,
    theme: "light",
  },
  "parallel-coordinates": {
    ...cards(states.params(), ["parallel-coordinates"], 240),
    width: 860,
    height: 420,
    theme: "light",
  },
  "several-objectives": {
    ...cards(states.objectives(), ["pareto-front", "importance", "hypervolume", "timeline"], 290),
    width: 1_142,
    height: 760,
  },
  "comparing-studies": {
    ...cards(states.family(), ["studies", "edf"], 300),
    width: 1_142,
    height: 460,
    theme: "light",
  },
  notes: { host: states.annotated, width: 571, height: 520, theme: "light" },
  "high-contrast": { host: states.finished, charts: ["history"], width: 1_142, height: 760, theme: "high-contrast" },
};

const browser = await launchChromium();
for (const [name, { host, charts = [], prepare, ...options }] of Object.entries(pictures)) {
  if (only.length > 0 && !only.includes(name)) continue;
  const open = await openDashboard(browser, host(), options);
  for (const chart of charts) await open.page.locator(`.area-${chart} canvas`).first().waitFor();
  await prepare?.(open.page);
  await open.page.mouse.move(0, 0);
  await open.settled();
  await open.page.screenshot({ path: `${folder}${name}.png` });
  if (open.complaints.length > 0) throw new Error(`${name}: ${open.complaints.join("; ")}`);
  await open.close();
}
await browser.close();
