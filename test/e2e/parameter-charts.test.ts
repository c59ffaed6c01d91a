import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { CardPlace } from "../../src/protocol/dashboard-layout.js";
import { dashboards } from "./dashboard-harness/dashboards.js";
import type { FakeHost, OpenOptions } from "./dashboard-harness/harness.js";
import { states } from "./dashboard-harness/states.js";
import type { ThemeName } from "./dashboard-harness/themes.js";

/** Slice, contour, rank, and parallel coordinates on the dashboard's page, in a real browser. */

const names = ["slice", "contour", "rank", "parallel-coordinates"] as const;
const cards: readonly CardPlace[] = [
  ...names.map((id) => ({ id, columns: null, height: 260 })),
  { id: "trials", columns: 4, height: null },
];

const openBare = dashboards();

function open(host: FakeHost, options: OpenOptions = {}) {
  host.layouts = { "one-objective": cards, "several-objectives": cards };
  return openBare(host, { height: 1_400, ...options });
}

const canvasOf = (page: Page, name: string) => page.locator(`.area-${name} canvas`);

async function drag(page: Page, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
}

const lastFilter = (host: FakeHost) => host.queries.at(-1)?.filter ?? "";

describe.each([
  ["finished", 400, "dark"],
  ["finished", 571, "light"],
  ["finished", 1142, "high-contrast"],
  ["finished", 1800, "dark"],
  ["multi", 571, "dark"],
  ["few", 571, "light"],
  ["many", 1142, "dark"],
] as const satisfies readonly (readonly [keyof typeof states, number, ThemeName])[])(
  "%s at %i pixels, %s",
  (state, width, theme) => {
    it("draws each, within its card, and says what it shows", async () => {
      const { page } = await open(states[state](), { width, theme });
      for (const [name, sentence] of [
        ["slice", /^Slice: val_loss of \d+ trials? by /],
        ["contour", /^Contour: val_loss over .+, from \d+ trials?\./],
        ["rank", /^Rank of val_loss by .+ and /],
        ["parallel-coordinates", /^Parallel coordinates: \d+ trials? as lines across val_loss, /],
      ] as const) {
        const canvas = canvasOf(page, name);
        expect(await canvas.getAttribute("aria-label")).toMatch(sentence);
        const [box, card] = [(await canvas.boundingBox())!, (await page.locator(`.area-${name}`).boundingBox())!];
        expect(box.y + box.height).toBeLessThanOrEqual(card.y + card.height);
        await expect
          .poll(async () => {
            const measured = await page.evaluate(`measureCanvas(document.querySelector(".area-${name} canvas"))`);
            return (measured as { painted: number }).painted;
          })
          .toBeGreaterThan(1_000);
      }
    });
  },
);

describe("filtering by an axis", () => {
  it("takes what is dragged along an axis of parallel coordinates", async () => {
    const { page, host } = await open(states.finished(), { width: 1142 });
    const { x, y, height } = (await canvasOf(page, "parallel-coordinates").boundingBox())!;
    // The first axis is the objective's.
    const axis = await firstAxis(page);
    await drag(page, { x: x + axis, y: y + height * 0.5 }, { x: x + axis, y: y + height * 0.95 });
    await expect.poll(() => lastFilter(host)).toMatch(/^val_loss >= [\d.]+ and val_loss <= [\d.]+$/);
    await page.getByText(/val_loss >= /).waitFor();
  });

  it("takes what is dragged along the axis below a slice, and selects no trial", async () => {
    const { page, host } = await open(states.finished(), { width: 1142 });
    const { x, y, width, height } = (await canvasOf(page, "slice").boundingBox())!;
    await drag(page, { x: x + width * 0.14, y: y + height - 12 }, { x: x + width * 0.22, y: y + height - 12 });
    await expect.poll(() => lastFilter(host)).toMatch(/^convLayers >= [\d.]+ and convLayers <= [\d.]+$/);
    expect(await page.locator(".grid-row.selected").count()).toBe(0);
  });

  it("takes what is dragged along the axes of a plane", async () => {
    const { page, host } = await open(states.finished(), { width: 1142 });
    const { x, y, width, height } = (await canvasOf(page, "contour").boundingBox())!;
    const label = () => canvasOf(page, "contour").getAttribute("aria-label");
    const before = await label();
    await drag(page, { x: x + 30, y: y + height * 0.3 }, { x: x + 30, y: y + height * 0.6 });
    await expect.poll(() => lastFilter(host)).toMatch(/^learningRate >= [\d.e-]+ and learningRate <= [\d.e-]+$/);
    await expect.poll(label).not.toBe(before);
    await drag(page, { x: x + width * 0.4, y: y + height - 12 }, { x: x + width * 0.7, y: y + height - 12 });
    await expect.poll(() => lastFilter(host)).toMatch(/\(convLayers >= [\d.]+ and convLayers <= [\d.]+\)$/);
  });

  it("takes numbers and choices from the keyboard", async () => {
    const { page, host } = await open(states.finished(), { width: 1142 });
    const card = page.locator(".area-slice");
    await card.getByRole("button", { name: "Filter by a Range" }).press("Enter");
    const dialog = card.getByRole("dialog", { name: "Filter by a Range" });
    await dialog.getByLabel("Axis").selectOption({ label: "learningRate" });
    await dialog.getByLabel("From").fill("nothing");
    await dialog.getByLabel("From").press("Enter");
    await dialog.getByRole("alert").getByText("Enter numbers").waitFor();
    await dialog.getByLabel("From").fill("0.001");
    await dialog.getByLabel("To").fill("0.01");
    await dialog.getByLabel("To").press("Enter");
    await expect.poll(() => lastFilter(host)).toBe("learningRate >= 0.001 and learningRate <= 0.01");
    await card.getByRole("button", { name: "Filter by a Range" }).press("Enter");
    await dialog.getByLabel("Axis").selectOption({ label: "convFilters" });
    await dialog.getByLabel("32").check();
    await dialog.getByLabel("64").check();
    await dialog.getByRole("button", { name: "Filter" }).click();
    await expect.poll(() => lastFilter(host)).toContain("convFilters in (32, 64)");
  });
});

describe("choosing", () => {
  it("parameters and their order, from the keyboard", async () => {
    const { page } = await open(states.finished(), { width: 1142 });
    const card = page.locator(".area-parallel-coordinates");
    await card.getByRole("button", { name: "Choose parameters" }).press("Enter");
    const label = () => canvasOf(page, "parallel-coordinates").getAttribute("aria-label");
    await card.getByRole("checkbox", { name: "denseNodes" }).press("Space");
    await expect.poll(label).not.toContain("denseNodes");
    await expect.poll(label).toMatch(/convLayers.*learningRate/);
    await card.getByRole("button", { name: "Move learningRate forward" }).press("Enter");
    await expect.poll(label).toMatch(/learningRate.*convLayers/);
    await page.reload();
    await expect.poll(label).toMatch(/learningRate.*convLayers/);
  });

  it("the two axes of a plane", async () => {
    const { page } = await open(states.finished(), { width: 1142 });
    const card = page.locator(".area-contour");
    await card.getByRole("combobox", { name: "Horizontal axis" }).click();
    await card.getByRole("option", { name: "activation" }).click();
    await expect
      .poll(() => canvasOf(page, "contour").getAttribute("aria-label"))
      .toMatch(/val_loss over activation and /);
  });

  it("a trial by its dot", async () => {
    const { page, host } = await open(states.few(), { width: 1142 });
    const { x, y, width, height } = (await canvasOf(page, "rank").boundingBox())!;
    await page.mouse.click(x + width / 2, y + height / 2);
    const only = host.snapshot.study!.best!.number;
    await page.locator(`.grid-row.selected[data-trial="${only}"]`).waitFor();
  });
});

/** Where the first axis is, in pixels from the left of its canvas: the first column of which most is painted. */
function firstAxis(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector(".area-parallel-coordinates canvas");
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    for (let x = 0; x < width; x++) {
      let painted = 0;
      for (let y = 0; y < height; y++) if (data[(y * width + x) * 4 + 3] > 0) painted++;
      if (painted > height * 0.6) return x * canvas.clientWidth / width;
    }
    throw new Error("There is no axis.");
  })()`);
}
