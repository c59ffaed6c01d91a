import { describe, expect, it } from "vitest";
import { dashboards } from "./dashboard-harness/dashboards.js";
import type { FakeHost } from "./dashboard-harness/harness.js";
import { openTrial } from "./dashboard-harness/seen.js";
import { states } from "./dashboard-harness/states.js";

/** Notes and tags in the dashboard's page, in a real browser, under its real policy. */

const openBare = dashboards();

async function open(host: FakeHost, trial?: number) {
  const dashboard = await openBare(host);
  if (trial !== undefined) await openTrial(dashboard.page, trial);
  return dashboard;
}

describe("a note", () => {
  it("is shown as Markdown, with HTML as text, and its links are opened by the editor", async () => {
    const { page, host } = await open(states.annotated());
    const note = page.getByRole("group", { name: "Note of the study" });
    await note.getByRole("heading", { name: "What we learned" }).waitFor();
    expect(await note.locator("strong").innerText()).toBe("three");
    expect(await note.locator("blockquote").innerText()).toBe("<b>HTML</b> is shown as it is written.");
    expect(await page.locator("a[href]").count()).toBe(0);
    await note.getByRole("button", { name: "the paper" }).click();
    await expect.poll(() => host.actions.at(-1)).toEqual({ type: "openLink", url: "https://example.org/paper" });
  });

  it("shows its trial's or study's own images, named as here or as in optuna-dashboard, and no others", async () => {
    const { page, host } = await open(states.annotated());
    const body = [
      "![by name](artifact:curve.svg)",
      "![by ID](artifact:image)",
      "![as optuna-dashboard](/artifacts/1/image)",
      "![from the web](https://example.org/x.png)",
      "![not an image](artifact:train.log)",
      "![no such file](artifact:missing.png)",
    ].join("\n\n");
    await host.annotate({ type: "note", trial: null, body, version: 1 });
    const note = page.getByRole("group", { name: "Note of the study" });
    await note.getByText("[image: no such file]").waitFor();
    const images = note.locator("img");
    await expect
      .poll(() => images.evaluateAll((all) => all.map((image) => image.getAttribute("alt"))))
      .toEqual(["by name", "by ID", "as optuna-dashboard"]);
    const widths = () =>
      images.evaluateAll((all) => all.map((image) => (image as unknown as { naturalWidth: number }).naturalWidth));
    await expect.poll(widths).toEqual([80, 80, 80]);
    expect(await note.locator("span.faint").allTextContents()).toEqual([
      "[image: from the web]",
      "[image: not an image]",
      "[image: no such file]",
    ]);
  });

  it("is written and saved by the keyboard, and Escape discards what was written", async () => {
    const { page, host } = await open(states.finished(), 20);
    const add = page.getByRole("button", { name: "Add Note (Note of trial 20)" });
    await add.press("Enter");
    await page.keyboard.type("never mind");
    await page.keyboard.press("Escape");
    expect(await page.locator(":focus").getAttribute("aria-label")).toBe("Add Note (Note of trial 20)");
    await add.press("Enter");
    await page.keyboard.type("# Odd");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("group", { name: "Note of trial 20" }).getByRole("heading", { name: "Odd" }).waitFor();
    expect(host.study().trial(20).note).toEqual({ body: "# Odd", version: 1 });
    await page.getByRole("button", { name: "Edit note (Note of trial 20)" }).click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type(" one");
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByRole("heading", { name: "Odd one" }).waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await expect.poll(() => host.study().trial(20).note).toEqual({ body: "# Odd one", version: 2 });
    expect(host.study().summary().note.version).toBe(0);
  });

  it("that could not be saved is kept, and the reason is shown", async () => {
    const { page, host } = await open(states.finished());
    host.refuses = "The note was changed elsewhere.";
    await page.getByRole("button", { name: "Add Note (Note of the study)" }).click();
    await page.keyboard.type("mine");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("alert").getByText("The note was changed elsewhere.").waitFor();
    expect(await page.getByRole("textbox", { name: "Note of the study, in Markdown" }).inputValue()).toBe("mine");
  });

  it("that changes elsewhere is shown at once, but does not replace what is being written", async () => {
    const { page, host } = await open(states.annotated(), 12);
    const note = page.getByRole("group", { name: "Note of trial 12" });
    await host.annotate({ type: "note", trial: 12, body: "from elsewhere", version: 1 });
    await note.getByText("from elsewhere").waitFor();
    await page.getByRole("button", { name: "Edit note (Note of trial 12)" }).click();
    await host.annotate({ type: "note", trial: 12, body: "again", version: 2 });
    await page.getByRole("textbox", { name: "Note of trial 12, in Markdown" }).press("Control+Enter");
    await expect.poll(() => host.annotations.at(-1)).toMatchObject({ body: "from elsewhere", version: 2 });
  });
});

describe("tags", () => {
  it("are added with a color of their own, and removed", async () => {
    const { page, host } = await open(states.annotated(), 12);
    const tags = page.getByRole("group", { name: "Tags of trial 12" });
    const names = () => host.study().trial(12).tags;
    await page.getByRole("button", { name: "Add Tag (Tags of trial 12)" }).click();
    await page.keyboard.type("keep");
    await page.getByRole("radio", { name: "red" }).check();
    await page.getByRole("combobox", { name: "Name of the tag" }).press("Enter");
    await tags.getByText("keep").waitFor();
    expect(names().at(-1)).toEqual({ name: "keep", color: "red" });
    await page.getByRole("button", { name: "Remove tag baseline" }).click();
    await expect.poll(() => names().map(({ name }) => name)).toEqual(["look again", "keep"]);
    await tags.getByText("baseline").waitFor({ state: "detached" });
  });

  it("that the study knows come with their colors", async () => {
    const { page, host } = await open(states.annotated());
    await page.getByRole("button", { name: "Add Tag (Tags of the study)" }).click();
    await page.keyboard.type("baseline\n");
    await expect.poll(() => host.study().summary().tags.at(-1)).toEqual({ name: "baseline", color: "green" });
  });
});

describe("artifacts", () => {
  it("are shown by what they are: an image, tables, text", async () => {
    const { page } = await open(states.annotated());
    const artifacts = page.getByRole("list", { name: "Artifacts of the study" });
    const show = (name: string) => artifacts.getByRole("button", { name, exact: true }).click();
    await show("curve.svg");
    const image = artifacts.getByRole("img", { name: "curve.svg" });
    await expect
      .poll(() => image.evaluate((element) => (element as unknown as { naturalWidth: number }).naturalWidth))
      .toBe(80);
    await show("curve.svg");
    await image.waitFor({ state: "detached" });
    await show("errors.csv");
    await expect.poll(() => artifacts.getByRole("columnheader").allInnerTexts()).toEqual(["label", "what, then"]);
    await expect.poll(() => artifacts.getByRole("cell").allInnerTexts()).toEqual(["cat", "<b>dog</b>"]);
    await show("errors.csv");
    await show("confusion.json");
    await expect
      .poll(() => artifacts.getByRole("row").allInnerTexts())
      .toEqual(["\tcat\tdog", "cat\t48\t2", "dog\t5\t45"]);
    await show("confusion.json");
    await show("model.json");
    await artifacts.getByText("? × 26 × 26 × 32").waitFor();
    await show("model.json");
    await show("train.log");
    await expect.poll(() => artifacts.locator("pre").innerText()).toBe("epoch 1\nepoch 2");
  });

  it("are saved and shown in the file manager by the editor, and one that is missing says where it should be", async () => {
    const { page, host } = await open(states.annotated());
    await page.getByRole("button", { name: "Save As…: train.log" }).click();
    await expect.poll(() => host.actions.at(-1)).toEqual({ type: "saveArtifact", trial: null, id: "log" });
    host.artifacts = {};
    await page.getByRole("button", { name: "train.log", exact: true }).click();
    await page.getByText("/work/.tunelens/artifacts/log is missing.").waitFor();
  });
});
