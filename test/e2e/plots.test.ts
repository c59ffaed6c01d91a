import type { Locator, Page } from "playwright-core";
import { expect, it } from "vitest";
import { dashboards } from "./dashboard-harness/dashboards.js";
import { states, withCards } from "./dashboard-harness/states.js";

/** Charts of several objectives, of several studies, and of time, in a real browser. */

const openBare = dashboards();
const open = async (...args: Parameters<typeof openBare>): Promise<Page> => (await openBare(...args)).page;

const picture = (canvas: Locator) =>
  canvas.evaluate((element) => (element as unknown as { toDataURL(): string }).toDataURL());
const words = (page: Page, card: string) => page.locator(`.area-${card} canvas`).getAttribute("aria-label");

it("turns three objectives by dragging and by the arrow keys, and keeps how they are turned", async () => {
  const page = await open(states.objectives());
  const canvas = page.locator(".area-pareto-front canvas");
  await expect.poll(() => words(page, "pareto-front")).toMatch(/on the front/);
  const before = await picture(canvas);
  const { x, y, width, height } = (await canvas.boundingBox())!;
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 2 + 60, y + height / 2 + 20, { steps: 6 });
  await page.mouse.up();
  await expect.poll(() => picture(canvas)).not.toBe(before);
  // It was no click.
  expect(await page.locator(".grid-row.selected, .trial-panel").count()).toBe(0);
  const dragged = await picture(canvas);
  await canvas.focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => picture(canvas)).not.toBe(dragged);
  const turned = await page.evaluate<number[]>("acquireVsCodeApi().getState().charts['pareto-front'].rotation");
  expect(turned).toHaveLength(2);
});

it("shows two of three objectives where they are chosen, and all of them as a table", async () => {
  const page = await open(states.objectives());
  const choice = page.getByRole("combobox", { name: "Axes of the Pareto front" });
  await choice.click();
  await page.getByRole("option", { name: "val_loss × size MB", exact: true }).click();
  await expect.poll(() => words(page, "pareto-front")).toMatch(/minimize val_loss .* minimize size MB/);
  await page.getByRole("button", { name: "Pareto Front: Show as table" }).click();
  const headers = page.locator(".area-pareto-front th");
  expect(await headers.allTextContents()).toEqual(["Trial", "Group", "val_loss", "size MB"]);
});

it("takes a reference point, and says what is wrong with one", async () => {
  const page = await open(states.objectives());
  await expect.poll(() => words(page, "hypervolume")).toMatch(/Reference point/);
  const field = page.locator(".area-hypervolume vscode-text-field");
  await field.click();
  await page.keyboard.type("3 30 10\n");
  await expect.poll(() => words(page, "hypervolume")).toMatch(/val_loss 3, latency ms 30, size MB 10\.$/);
  await field.click();
  await page.keyboard.press("End");
  await page.keyboard.type(" 7\n");
  await expect.poll(() => field.getAttribute("aria-invalid")).toBe("true");
  expect(await field.getAttribute("title")).toMatch(/Enter 3 numbers/);
});

it("compares a study with its follow-up, and with others that are chosen by keyboard", async () => {
  const page = await open(states.family());
  await expect.poll(() => words(page, "studies")).toMatch(/cifar10-cnn: .*cifar10-cnn-convFilters-32: /);
  const picker = page.locator(".area-studies tunelens-study-picker");
  await picker.getByRole("button").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await expect.poll(() => words(page, "studies")).toMatch(/cifar10-wide: /);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Compare Studies: Show as table" }).click();
  const rows = page.locator(".area-studies tbody tr");
  await expect.poll(() => rows.count()).toBe(3);
  expect(await rows.nth(1).textContent()).toMatch(/cifar10-cnn-convFilters-32.*cifar10-cnn.*convFilters = 32/s);
});

it("shows what each process did, in a row of its own, or each trial", async () => {
  const page = await open(states.family());
  await expect
    .poll(() => words(page, "timeline"))
    .toMatch(/^Timeline: 80 trials .*Process 41370 busy \d+%, process 41371/);
  await page.getByRole("button", { name: "by process" }).click();
  await expect.poll(() => words(page, "timeline")).not.toMatch(/busy/);
});

it("says of one objective what needs several, and the other way around", async () => {
  const page = await open(withCards(states.finished(), ["pareto-front", "hypervolume"]));
  await page.getByText("A Pareto front needs several objectives. This study has one.").waitFor();
  await page.getByText("A hypervolume needs several objectives. This study has one.").waitFor();
});

it.each(["objectives", "family"] as const)("saves each chart as a picture and as numbers: %s", async (state) => {
  const host = states[state]();
  const page = await open(host, { width: 1_800, height: 1_000 });
  const titles = await page.locator(".card-head h2").evaluateAll((all) => all.map((one) => one.getAttribute("title")!));
  for (const title of titles)
    for (const type of ["PNG", "SVG", "CSV"]) {
      const before = host.files.length;
      await page.getByRole("button", { name: `${title}: More Actions` }).click();
      await page.getByRole("menuitem", { name: `Save as ${type}…` }).click();
      await expect.poll(() => host.files.length).toBe(before + 1);
      expect(host.files.at(-1)!.content.length).toBeGreaterThan(50);
    }
});
