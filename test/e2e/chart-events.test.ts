import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { ChartName } from "../../src/protocol/charts.js";
import { dashboards } from "./dashboard-harness/dashboards.js";
import { states, withCards } from "./dashboard-harness/states.js";

/** What the mouse does on each chart, with real events in a real browser. */

const open = dashboards();

interface Kind {
  readonly state: keyof typeof states;
  /** What is said of a point or a bar, line by line. */
  readonly says: RegExp;
  /** Which of the drawn datasets has it, by its label. */
  readonly of?: string | RegExp;
  /** What a click does; by default it selects the trial that is named. */
  readonly click?: "menu" | "none";
  /** Whether a box drawn with the mouse is zoomed to. */
  readonly zooms?: false;
}

const VALUE = String.raw`-?[\d.,]+(e[-+]\d+)?`;

const kinds: Readonly<Record<ChartName, Kind>> = {
  history: { state: "finished", of: "COMPLETE", says: RegExp(`^Trial #\\d+\nval_loss: ${VALUE}$`) },
  importance: { state: "finished", says: /^convLayers {2}[\d.]+%, 90% interval: \d+–\d+%$/, click: "menu" },
  curves: { state: "finished", of: /complete/, says: RegExp(`^Trial #\\d+ · \\w+\nstep \\d+: ${VALUE}$`) },
  slice: { state: "params", of: "convLayers", says: RegExp(`^Trial #\\d+\nval_loss: ${VALUE}\nconvLayers: \\d$`) },
  contour: { state: "params", of: "Trials", says: RegExp(`^Trial #\\d+\nval_loss: ${VALUE}\n.+: .+\n.+: .+$`) },
  rank: { state: "params", of: "Trials", says: RegExp(`^Trial #\\d+\nval_loss: ${VALUE}\n.+: .+\n.+: .+$`) },
  "parallel-coordinates": {
    state: "params",
    says: RegExp(`^Trial #\\d+\n(.+: .+\n)*val_loss: ${VALUE}`),
    zooms: false,
  },
  "pareto-front": {
    state: "multi",
    of: "Dominated",
    says: RegExp(`^Trial #\\d+, dominated\nval_loss: ${VALUE}\nlatency ms: ${VALUE}$`),
  },
  hypervolume: { state: "objectives", says: RegExp(`^Trial #\\d+\n.*${VALUE}`) },
  edf: { state: "family", of: "cifar10-cnn", says: RegExp(`^cifar10-cnn\n\\d+% at most ${VALUE}, to #\\d+$`) },
  studies: { state: "family", of: "cifar10-cnn", says: RegExp(`^cifar10-cnn\n#\\d+ {2}${VALUE} after \\d+ trials?$`) },
  timeline: { state: "family", of: "COMPLETE", says: /^Trial #\d+.*\n.+ from .+, process \d+$/, zooms: false },
  insight: { state: "finished", of: "Trials", says: RegExp(`^Trial #\\d+\n\\w+ \\w+: ${VALUE}$`), zooms: false },
  terminator: { state: "family", says: RegExp(`^Trial #\\d+\n(.|\n)*${VALUE}`) },
};

interface Place {
  readonly x: number;
  readonly y: number;
}

/** In the middle of the chart, as far as there is a choice: where a part of a dataset is drawn. */
function placeOf(page: Page, of: string | RegExp | undefined): Promise<Place> {
  const isMeant =
    of === undefined ? "true" : typeof of === "string" ? `label === ${JSON.stringify(of)}` : `${of}.test(label)`;
  return page.evaluate<Place>(`(() => {
    const { drawn } = document.querySelector("tunelens-chart");
    const { left, right, top, bottom } = drawn.chartArea;
    const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
    const far = ({ x, y }) => Math.hypot(x - middleX, y - middleY);
    const parts = drawn.data.datasets.flatMap(({ label = "" }, i) =>
      ${isMeant} && drawn.isDatasetVisible(i) ? drawn.getDatasetMeta(i).data.map((part) => part.getCenterPoint()) : []);
    const { x, y } = parts.filter(({ x, y }) => x >= left && x <= right && y >= top && y <= bottom)
      .reduce((near, part) => (far(part) < far(near) ? part : near));
    const canvas = drawn.canvas.getBoundingClientRect();
    return { x: canvas.x + x, y: canvas.y + y };
  })()`);
}

/** What the chart says beside the pointer; nothing while nothing is shown. */
const said = (page: Page) =>
  page.evaluate<string>(`(() => {
    const { tooltip } = document.querySelector("tunelens-chart").drawn;
    if (tooltip.opacity === 0) return "";
    return [...tooltip.title, ...tooltip.body.flatMap(({ lines }) => lines)].filter((line) => line !== "").join("\\n");
  })()`);

async function openChart(name: ChartName) {
  const opened = await open(withCards(states[kinds[name].state](), [name], 420), { width: 1_142, height: 1_000 });
  const canvas = opened.page.locator("tunelens-chart canvas");
  await canvas.waitFor();
  await expect.poll(() => opened.page.evaluate(`measureCanvas(document.querySelector("canvas")).painted`)).not.toBe(0);
  return { ...opened, canvas };
}

const selected = (page: Page) => page.evaluate<number | null>("acquireVsCodeApi().getState()?.selectedTrial ?? null");

/** By a box that is drawn with the mouse, and by a double click. */
async function zoomsAndGoesBack(page: Page, canvas: Locator): Promise<void> {
  const { x, y, width, height } = (await canvas.boundingBox())!;
  await page.mouse.move(x + width * 0.35, y + height * 0.3);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.6, y + height * 0.6, { steps: 5 });
  await page.mouse.up();
  const reset = page.getByRole("button", { name: "Reset Zoom" });
  await reset.waitFor();
  expect(await selected(page)).toBeNull();
  await canvas.dblclick({ position: { x: 3, y: 3 } });
  await reset.waitFor({ state: "detached" });
}

describe.each(Object.entries(kinds) as [ChartName, Kind][])("%s", (name, { of, says, click, zooms }) => {
  it("is zoomed to a box and back where it can be, names what is hovered, and shows what is clicked", async () => {
    const { page, host, canvas, settled } = await openChart(name);
    if (zooms !== false) await zoomsAndGoesBack(page, canvas);
    await settled();
    const { x, y } = await placeOf(page, of);
    await page.mouse.move(x, y);
    await expect.poll(() => said(page)).toMatch(says);
    const [, number] = /#(\d+)/.exec(await said(page)) ?? [];
    await page.mouse.click(x, y);
    if (click === "menu") await page.getByRole("menuitem", { name: "Freeze…" }).waitFor();
    else await expect.poll(() => selected(page)).toBe(Number(number));
    expect(host.actions).toEqual([]);
  });
});

it("a chart that is zoomed along one axis is moved along it alone", async () => {
  const { page, canvas, settled } = await openChart("slice");
  const across = () =>
    page.evaluate<string[]>(`Object.values(document.querySelector("tunelens-chart").drawn.scales)
      .filter((scale) => scale.isHorizontal()).flatMap(({ min, max }) => [min.toPrecision(6), max.toPrecision(6)])`);
  const whole = await across();
  await canvas.press("+");
  await canvas.press("ArrowLeft");
  await page.getByRole("button", { name: "Reset Zoom" }).waitFor();
  await settled();
  expect(await across()).toEqual(whole);
});

it("a logarithmic axis that is moved stops at its end, and shows no more than before", async () => {
  const { page, canvas, settled } = await openChart("history");
  await page.getByRole("button", { name: "log", exact: true }).click();
  const axis = <Value>(of: string) =>
    page.evaluate<Value>(`document.querySelector("tunelens-chart").drawn.scales.y.${of}`);
  await expect.poll(() => axis<string>("type")).toBe("logarithmic");
  const shown = async () => Math.log((await axis<number>("max")) / (await axis<number>("min")));
  const end = await axis<number>("max");
  await canvas.press("+");
  await settled();
  const zoomed = await shown();
  for (let i = 0; i < 4; i++) await canvas.press("ArrowUp");
  await settled();
  expect(await axis<number>("max")).toBeCloseTo(end, 6);
  expect(await shown()).toBeCloseTo(zoomed, 6);
});

it.each(["edf", "studies"] as const)("a click on another study's line opens it: %s", async (name) => {
  const { page, host } = await openChart(name);
  const { x, y } = await placeOf(page, "cifar10-cnn-convFilters-32");
  await page.mouse.move(x, y);
  await expect.poll(() => said(page)).toMatch(/^cifar10-cnn-convFilters-32 \(click to open\)\n/);
  const trial = Number(/#(\d+)/.exec(await said(page))![1]);
  await page.mouse.click(x, y);
  await expect.poll(() => host.actions).toEqual([{ type: "openStudy", study: "cifar10-cnn-convFilters-32", trial }]);
  expect(await selected(page)).toBeNull();
});

it("a cell of the density says how many trials pass", async () => {
  const { page } = await openChart("curves");
  await page.getByRole("combobox", { name: "Which trials" }).click();
  await page.getByRole("option", { name: "All, by Density" }).click();
  await expect.poll(() => page.locator("canvas").getAttribute("aria-label")).toMatch(/^Density of .* 80 trials/);
  const { x, y } = await placeOf(page, "Density");
  await page.mouse.move(x, y);
  await expect.poll(() => said(page)).toMatch(RegExp(`^Step \\d+\n${VALUE} to ${VALUE}: \\d+ of \\d+ trials$`));
});
