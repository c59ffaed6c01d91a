import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { dashboards } from "./dashboard-harness/dashboards.js";
import { states } from "./dashboard-harness/states.js";

/** All that a person does with a study, without a mouse: after each step the keyboard is where it is expected, and is seen there. */

const open = dashboards();

interface Focused {
  /** What a screen reader calls it. */
  readonly name: string;
  /** Whether something marks it: an outline, or a border in the color of the focus. */
  readonly isMarked: boolean;
  /** Whether it is in the window, and nothing lies above it. */
  readonly isSeen: boolean;
}

function focused(page: Page): Promise<Focused | null> {
  return page.evaluate<Focused | null>(`(() => {
    const host = document.activeElement;
    if (host === null || host === document.body) return null;
    const inner = host.shadowRoot?.activeElement ?? host;
    const probe = document.createElement("i");
    probe.style.color = "var(--vscode-focusBorder)";
    document.body.append(probe);
    const focusColor = getComputedStyle(probe).color;
    probe.remove();
    const around = [inner, inner.parentElement, host].filter((element) => element !== null);
    const isMarked = around.some((element) => {
      const { outlineStyle, outlineWidth, borderTopColor, borderTopWidth } = getComputedStyle(element);
      const hasOutline = outlineStyle !== "none" && outlineWidth !== "0px";
      return hasOutline || (borderTopColor === focusColor && borderTopWidth !== "0px");
    });
    const { top, bottom, left, right } = host.getBoundingClientRect();
    const above = document.elementFromPoint((Math.max(0, left) + Math.min(innerWidth, right)) / 2, (Math.max(0, top) + Math.min(innerHeight, bottom)) / 2);
    return {
      name: host.getAttribute("aria-label") ?? host.textContent.trim().replaceAll(/\\s+/g, " "),
      isMarked,
      isSeen: above !== null && (host.contains(above) || above.contains(host)),
    };
  })()`);
}

function isCalled(focus: Focused | null, name: string | RegExp): boolean {
  return typeof name === "string" ? focus?.name === name : name.test(focus?.name ?? "");
}

async function expectFocus(page: Page, name: string | RegExp): Promise<void> {
  const focus = async () => {
    const found = await focused(page);
    return { ...found, isExpected: isCalled(found, name) };
  };
  await expect.poll(focus).toMatchObject({ isExpected: true, isMarked: true, isSeen: true });
}

/** Goes to something by its name, as far as it takes. */
async function goTo(page: Page, name: string | RegExp, key = "Tab"): Promise<void> {
  for (let steps = 0; steps < 200; steps++) {
    await page.keyboard.press(key);
    if (isCalled(await focused(page), name)) break;
  }
  await expectFocus(page, name);
}

async function choose(page: Page, item: string | RegExp): Promise<void> {
  await page.getByRole("menu").filter({ visible: true }).waitFor();
  if (!isCalled(await focused(page), item)) await goTo(page, item, "ArrowDown");
  await page.keyboard.press("Enter");
}

it("a study is looked through, and its page laid out, by the keyboard alone", async () => {
  const { page, host } = await open(states.finished(), { width: 1_142 });
  const press = (key: string) => page.keyboard.press(key);
  const selected = () => page.locator(".grid-body .grid-row[aria-selected=true]").count();

  await goTo(page, "Filter trials");
  await page.keyboard.type("activ");
  await page.getByRole("option", { name: "activation" }).waitFor();
  await press("ArrowDown");
  await press("Enter");
  await page.keyboard.type("= swish");
  await press("Escape");
  await press("Enter");
  await page.getByRole("button", { name: "Remove activation = swish" }).waitFor();
  await expectFocus(page, "Filter trials");

  await goTo(page, "val_loss");
  await press("Enter");
  const header = page.getByRole("columnheader", { name: "val_loss" });
  await expect.poll(() => header.getAttribute("aria-sort")).toBe("ascending");
  await expectFocus(page, /^val_loss/);

  await goTo(page, "Trials", "Shift+Tab");
  await press("Home");
  await press(" ");
  await press("ArrowDown");
  await press(" ");
  await page.getByText("2 selected").waitFor();
  expect(await selected()).toBe(2);
  await expectFocus(page, "Trials");

  await press("Shift+F10");
  await choose(page, "Compare");
  await page.getByRole("region", { name: "Comparison" }).waitFor();
  await expectFocus(page, "Trials");
  await goTo(page, "Close comparison");
  await press("Escape");
  await expect.poll(() => page.getByRole("region", { name: "Comparison" }).count()).toBe(0);
  await expectFocus(page, "Trials");

  await press("p");
  await expect.poll(() => page.locator(".grid-pinned .grid-row").count()).toBe(1);
  await expectFocus(page, "Trials");
  const number = await page.locator(".grid-pinned .grid-row").getAttribute("data-trial");

  await press("Enter");
  await page.getByRole("region", { name: `Trial ${number}` }).waitFor();
  await expectFocus(page, "Trials");
  await goTo(page, `Add Note (Note of trial ${number})`);
  await press("Enter");
  await expectFocus(page, `Note of trial ${number}, in Markdown`);
  await page.keyboard.type("# Odd");
  await press("Control+Enter");
  await page.getByRole("heading", { name: "Odd" }).waitFor();
  await expectFocus(page, `Edit note (Note of trial ${number})`);
  await goTo(page, `Add Tag (Tags of trial ${number})`);
  await press("Enter");
  await expectFocus(page, "Name of the tag");
  await page.keyboard.type("look again");
  await press("Enter");
  await expect
    .poll(() =>
      host
        .study()
        .trial(Number(number))
        .tags.map(({ name }) => name),
    )
    .toEqual(["look again"]);
  await expectFocus(page, `Add Tag (Tags of trial ${number})`);
  await press("Escape");
  await expect.poll(() => page.getByRole("region", { name: `Trial ${number}` }).count()).toBe(0);
  await expectFocus(page, "Trials");

  await goTo(page, "Add Chart", "Shift+Tab");
  await press("Enter");
  await choose(page, /^Slice/);
  await expectFocus(page, "Slice: More Actions");
  const card = page.locator('.card-slot[data-card="slice"]');
  const height = async () => (await card.boundingBox())!.height;
  const before = await height();
  await press("Enter");
  await choose(page, "Taller");
  await expect.poll(height).toBeGreaterThan(before);
  await expectFocus(page, "Slice: More Actions");

  for (let steps = 0; steps < 200 && (await focused(page)) !== null; steps++) await press("Tab");
  expect(await focused(page)).toBeNull();
}, 120_000);
