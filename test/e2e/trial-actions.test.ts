import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { DashboardAction } from "../../src/protocol/dashboard.js";
import { dashboards } from "./dashboard-harness/dashboards.js";
import type { FakeHost } from "./dashboard-harness/harness.js";
import { openTrial, row, ROWS } from "./dashboard-harness/seen.js";
import { states, withCards } from "./dashboard-harness/states.js";

/** What is done with trials of the table, one or many, in a real browser: what the host is told, and what a person sees. */

const open = dashboards();

const PINNED = ".grid-pinned .grid-row";

/** Its charts would take longer than what is tested. */
const hugeTable = () => withCards(states.huge(), ["trials"], 600);

const pinned = (page: Page) =>
  page.evaluate<number[]>(`[...document.querySelectorAll("${PINNED}")].map(({ dataset }) => Number(dataset.trial))`);

async function choose(page: Page, trial: number, action: string): Promise<void> {
  await row(page, trial).click({ button: "right" });
  await page.getByRole("menuitem", { name: action, exact: true }).click();
}

function failedOf(host: FakeHost): number[] {
  return host.view!.trials.flatMap(({ number, state }) => (state === "FAIL" ? [number] : []));
}

describe("a pinned trial", () => {
  it("stays on top while the table scrolls, is filtered, and is loaded anew", async () => {
    const { page } = await open(states.many());
    await row(page, 9_999).click();
    await page.locator(".grid").press("p");
    await expect.poll(() => pinned(page)).toEqual([9_999]);
    await page.getByRole("status").getByText("1 trial pinned").waitFor({ state: "attached" });
    await row(page, 9_997).hover();
    await page.getByRole("button", { name: "Pin trial 9997" }).click();
    await choose(page, 9_995, "Pin");
    await expect.poll(() => pinned(page)).toEqual([9_999, 9_997, 9_995]);
    await page.locator(".grid").press("End");
    await row(page, 0).waitFor();
    const head = (await page.locator(".grid-head").boundingBox())!;
    const first = (await page.locator(PINNED).first().boundingBox())!;
    expect(Math.round(first.y)).toBe(Math.round(head.y + head.height));
    expect(await page.locator(".grid").getAttribute("aria-rowcount")).toBe("10004");
    await page.getByRole("columnheader", { name: "Trial" }).getByRole("button").click();
    await expect.poll(() => pinned(page)).toEqual([9_995, 9_997, 9_999]);
    await page.getByRole("combobox", { name: "Filter trials" }).fill("number in (9997, 3)");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".grid").getAttribute("aria-rowcount")).toBe("6");
    const marks = page.locator(PINNED).getByText("does not match the filter");
    await expect.poll(() => marks.count()).toBe(2);
    expect(await pinned(page)).toEqual([9_995, 9_997, 9_999]);
    await page.locator(".grid").press("Control+a");
    await page.getByText("2 selected").waitFor();
    const selected = page.locator(`${PINNED}[aria-selected=true]`);
    // Trial 9,999 is open.
    expect(await selected.getByText(/^#/).allInnerTexts()).toEqual(["#9997", "#9999"]);
    await page.locator(".grid").press("Escape");
    await row(page, 9_997).getByText("pinned", { exact: true }).waitFor({ state: "attached" });
    await page.reload();
    await expect.poll(() => pinned(page)).toEqual([9_995, 9_997, 9_999]);
  });

  it("is reached, opened, and unpinned from the keyboard", async () => {
    const { page } = await open(states.finished());
    await row(page, 79).click();
    const grid = page.locator(".grid");
    await grid.press("p");
    await grid.press("ArrowDown");
    await grid.press("p");
    await expect.poll(() => pinned(page)).toEqual([79, 78]);
    await grid.press("Home");
    await grid.press("ArrowDown");
    expect(await page.locator(`${PINNED}.active`).getAttribute("data-trial")).toBe("78");
    expect(await grid.getAttribute("aria-activedescendant")).toBe(
      await page.locator(`${PINNED}.active`).getAttribute("id"),
    );
    await grid.press("Enter");
    await page.getByRole("region", { name: "Trial 78" }).waitFor();
    const pin = page.getByRole("region", { name: "Trial 78" }).getByRole("button", { name: "Pin trial 78" });
    expect(await pin.getAttribute("aria-pressed")).toBe("true");
    await grid.press("p");
    await expect.poll(() => pinned(page)).toEqual([79]);
    await pin.click();
    await expect.poll(() => pinned(page)).toEqual([79, 78]);
    await grid.press("Home");
    await grid.press("ArrowDown");
    await grid.press("ArrowDown");
    expect(await page.locator(`${ROWS}.active`).getAttribute("data-trial")).toBe("79");
  });

  it("is one of at most ten, of which five are in sight", async () => {
    const { page } = await open(states.finished());
    await row(page, 79).click();
    const grid = page.locator(".grid");
    for (let i = 0; i < 10; i++) {
      await grid.press("p");
      await grid.press("ArrowDown");
    }
    await expect.poll(async () => (await pinned(page)).length).toBe(10);
    expect((await page.locator(".grid-pinned").boundingBox())!.height).toBe(120);
    await grid.press("p");
    await page.getByRole("alert").getByText("At most 10 trials can be pinned. Unpin one first.").waitFor();
    for (let i = 0; i < 11; i++) await grid.press("ArrowUp");
    const active = page.locator(`${PINNED}.active`);
    expect(await active.getAttribute("data-trial")).toBe("70");
    const box = (await active.boundingBox())!;
    const around = (await page.locator(".grid-pinned").boundingBox())!;
    expect(box.y).toBeGreaterThanOrEqual(around.y);
    expect(box.y + box.height).toBeLessThanOrEqual(around.y + around.height + 0.5);
  });
});

describe("Ctrl+A", () => {
  it("selects all that match the filter, without a list of them, and Escape clears it", async () => {
    const { page, host } = await open(hugeTable());
    await row(page, 99_999).waitFor();
    const grid = page.locator(".grid");
    await grid.focus();
    await grid.press("Control+a");
    await page.getByText("100,000 selected").waitFor();
    const stored = () => page.evaluate<number>("sessionStorage.getItem('state').length");
    expect(await stored()).toBeLessThan(1_000);
    expect(await page.locator(`${ROWS}:not([aria-selected=true])`).count()).toBe(0);
    await row(page, 99_998).click({ modifiers: ["Control"] });
    await page.getByText("99,999 selected").waitFor();
    expect(await row(page, 99_998).getAttribute("aria-selected")).toBe("false");
    await grid.press("Escape");
    await expect.poll(() => page.locator(`${ROWS}[aria-selected=true]`).count()).toBe(0);
    await page.getByRole("button", { name: /^Failed/ }).click();
    const failed = failedOf(host).length;
    await expect.poll(() => grid.getAttribute("aria-rowcount")).toBe(String(failed + 1));
    await grid.focus();
    await grid.press("Control+a");
    await page.getByText(`${failed.toLocaleString("en-US")} selected`).waitFor();
    await page.getByRole("button", { name: /^Failed/ }).click();
    await page.getByText("selected", { exact: false }).first().waitFor({ state: "detached" });
  }, 60_000);

  it("exports, copies, and compares them", async () => {
    const { page, host } = await open(states.finished());
    await page.getByRole("combobox", { name: "Filter trials" }).fill("number < 30");
    await page.keyboard.press("Enter");
    const grid = page.locator(".grid");
    await expect.poll(() => grid.getAttribute("aria-rowcount")).toBe("31");
    await grid.focus();
    await grid.press("Control+a");
    await row(page, 28).click({ modifiers: ["Control"] });
    await page.getByText("29 selected").waitFor();
    await choose(page, 29, "Export as CSV…");
    await expect.poll(() => host.files.length).toBe(1);
    const numbers = Array.from({ length: 30 }, (_, i) => i).filter((number) => number !== 28);
    const lines = host.files[0]!.content.trim().split("\r\n").slice(1);
    expect(lines.map((line) => Number(line.split(",")[0]))).toEqual(numbers);
    await grid.press("Control+c");
    await expect.poll(() => host.actions.length).toBe(1);
    const { table, trials } = host.actions[0] as Extract<DashboardAction, { type: "copyTable" }>;
    expect(trials).toBe(29);
    const [header, ...copied] = table
      .trim()
      .split("\r\n")
      .map((line) => line.split("\t"));
    expect(header).toEqual(["number", ...Object.keys(host.view!.trials[0]!.params)]);
    expect(copied.map(([number]) => Number(number))).toEqual(numbers);
    expect(copied[3]!.slice(1)).toEqual(Object.values(host.view!.trials[3]!.params).map(String));
    await page.getByRole("button", { name: "Compare" }).click();
    const comparison = page.getByRole("region", { name: "Comparison" });
    await comparison.getByRole("columnheader", { name: "#29" }).waitFor();
    expect(await comparison.getByRole("columnheader").allInnerTexts()).toEqual(
      [29, 27, 26, 25, 24, 23, 22, 21, 20, 19].map((number) => `#${number}`),
    );
  });

  it("runs the failed ones again, all in one message", async () => {
    const { page, host } = await open(states.failed());
    await row(page, 39).waitFor();
    await page.locator(".grid").focus();
    await page.locator(".grid").press("Control+a");
    await choose(page, 38, "Run Again");
    await expect.poll(() => host.actions).toEqual([{ type: "runAgain", numbers: failedOf(host).toReversed() }]);
  });

  it("asks for those out of sight, and says how many are too many", async () => {
    const { page, host } = await open(hugeTable());
    await row(page, 99_999).waitFor();
    await page.locator(".grid").focus();
    await page.locator(".grid").press("Control+a");
    await row(page, 99_999).click({ button: "right" });
    const again = page.getByRole("menuitem", { name: "Run Again" });
    const failed = failedOf(host).length.toLocaleString("en-US");
    await expect
      .poll(() => again.getAttribute("title"))
      .toBe(`At most 1,000 trials are run again at once. ${failed} are selected.`);
    expect(await page.getByRole("menuitem", { name: "Pin" }).getAttribute("aria-disabled")).toBe("true");
    await page.keyboard.press("Escape");
  }, 60_000);
});

describe("Compare", () => {
  const comparison = (page: Page) => page.getByRole("region", { name: "Comparison" });
  const code = (page: Page) => comparison(page).getByRole("region", { name: "Code" });

  async function compare(page: Page, trials: readonly number[]): Promise<void> {
    for (const trial of trials) await row(page, trial).click({ modifiers: ["Control"] });
    await page.getByRole("button", { name: "Compare" }).click();
  }

  it("says what changed in the code, and has the host show it", async () => {
    const { page, host } = await open(withCards(states.edited(), ["trials"], 1_100), { height: 1_300 });
    await row(page, 79).waitFor();
    await compare(page, [49, 50, 48, 51]);
    await code(page).getByText("#49 → #50, #51: 1 file changed").waitFor();
    expect(await code(page).getByRole("listitem").innerText()).toMatch(/^cifar10\.study\.ts\s+\+1\s+−1/);
    const named = comparison(page).getByRole("row", { name: /^Code/ }).getByRole("cell");
    const names = await named.allInnerTexts();
    expect(names.every((name) => /^[\da-f]{7}$/.test(name))).toBe(true);
    expect([names[0] === names[2], names[1] === names[3], names[0] === names[1]]).toEqual([true, true, false]);
    await code(page).getByRole("button", { name: "Show changes from trial 49 to trial 50" }).click();
    await expect.poll(() => host.actions).toEqual([{ type: "showChanges", from: 49, to: 50 }]);
  });

  it("says that trials ran the same code, and where it is not recorded", async () => {
    const { page } = await open(states.edited());
    await row(page, 79).waitFor();
    await compare(page, [79, 78]);
    await code(page).getByText("All ran the same code.").waitFor();
    const { page: other } = await open(states.finished());
    await row(other, 79).waitFor();
    await compare(other, [79, 78]);
    await code(other).getByText("It is not recorded which code #79, #78 ran.").waitFor();
  });

  it("does not take those that are left out of all for those that are selected", async () => {
    const { page } = await open(states.finished());
    await row(page, 79).waitFor();
    await compare(page, [79, 78]);
    await comparison(page).waitFor();
    await page.locator(".grid").press("Control+a");
    await page.getByText("80 selected").waitFor();
    for (const trial of [77, 76]) await row(page, trial).click({ modifiers: ["Control"] });
    await page.getByText("78 selected").waitFor();
    expect(await comparison(page).count()).toBe(0);
  });
});

describe("the menu of a trial", () => {
  const actions: readonly (readonly [label: string, action: DashboardAction])[] = [
    ["Retrain", { type: "retrain", trial: 77 }],
    ["Freeze Parameter…", { type: "freeze", trial: 77 }],
    ["Debug", { type: "debug", trial: 77 }],
    ["Enqueue a Variant…", { type: "enqueue", trial: 77 }],
    ["Show as Code", { type: "showCode", trial: 77 }],
    ["Copy Parameters", { type: "copyParameters", trial: 77 }],
  ];

  const actionsOfFailed: readonly (readonly [label: string, action: DashboardAction])[] = [
    ["Open Failure", { type: "openFailure", trial: 39 }],
    ["Run Again", { type: "runAgain", numbers: [39] }],
  ];

  it.each([
    [77, "finished", actions],
    [39, "failed", actionsOfFailed],
  ] as const)("tells the host what is chosen of trial %d, which is %s", async (trial, state, chosen) => {
    const { page, host } = await open(states[state]());
    for (const [i, [label]] of chosen.entries()) {
      await choose(page, trial, label);
      await expect.poll(() => host.actions).toEqual(chosen.slice(0, i + 1).map(([, action]) => action));
    }
  });

  it("tells the host to stop one that runs, and offers nothing else that it could not do", async () => {
    const { page, host } = await open(states.running());
    await row(page, 47).click({ button: "right" });
    const disabled = await page.locator("[role=menuitem][aria-disabled=true]").allInnerTexts();
    expect(disabled).toEqual(["Retrain", "Freeze Parameter…", "Debug", "Show as Code", "Run Again", "Compare"]);
    await page.getByRole("menuitem", { name: "Stop Trial" }).click();
    await expect.poll(() => host.actions).toEqual([{ type: "stopTrial", trial: 47 }]);
  });

  it("knows a trial that is selected but not in sight", async () => {
    const { page, host } = await open(states.many());
    await row(page, 9_999).waitFor();
    await openTrial(page, 17);
    await page.getByRole("region", { name: "Trial 17" }).waitFor();
    await page.locator(".grid").evaluate((grid) => grid.scrollTo(0, 0));
    await row(page, 9_999).waitFor();
    await page.getByRole("button", { name: "Actions for the selected trials" }).click();
    await page.getByRole("menuitem", { name: "Retrain" }).click();
    await expect.poll(() => host.actions).toEqual([{ type: "retrain", trial: 17 }]);
  });
});
