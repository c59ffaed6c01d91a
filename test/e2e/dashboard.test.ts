import { describe, expect, it } from "vitest";
import { floatDistribution } from "../../src/engine/distribution.js";
import { InspectedStudy } from "../../src/inspector/inspected-study.js";
import { makeStudy } from "../inspector/charts/make-study.js";
import { makeTrial } from "../inspector/make-trial.js";
import { dashboards } from "./dashboard-harness/dashboards.js";
import { FakeHost, type OpenDashboard } from "./dashboard-harness/harness.js";
import { madeUpView } from "./dashboard-harness/made-up-study.js";
import { ROWS } from "./dashboard-harness/seen.js";
import { epochOf, snapshotOf, states } from "./dashboard-harness/states.js";

/** The dashboard's page in a real browser, under its real policy, with a host that answers as the extension does. */

const open = dashboards();

describe("freezing a parameter", () => {
  it("is asked for by the importance card, its bars and its table, and for a trial's own value", async () => {
    const { page, host } = await open(states.finished());
    const asked = (action: object) => expect.poll(() => host.actions.at(-1)).toEqual(action);
    await page.getByRole("button", { name: "Freeze a parameter", exact: true }).click();
    await asked({ type: "freeze" });
    const canvas = page.locator(".area-importance canvas");
    const { width } = (await canvas.boundingBox())!;
    await canvas.click({ position: { x: width * 0.3, y: 20 } });
    expect(host.actions).toEqual([{ type: "freeze" }]);
    await page.getByRole("menuitem", { name: "Freeze…" }).click();
    await asked({ type: "freeze", param: "convLayers" });
    await canvas.click({ position: { x: width * 0.3, y: 20 } });
    await page.getByRole("menuitem", { name: "Show Slice Plot" }).click();
    await page.getByRole("img", { name: /^Slice: .* by convLayers/ }).waitFor();
    await page.getByRole("button", { name: "Parameter Importance: Show as table" }).click();
    await page.getByRole("button", { name: "Freeze denseNodes in a follow-up study" }).click();
    await asked({ type: "freeze", param: "denseNodes" });
    await page.locator(`${ROWS}[data-state="COMPLETE"]`).first().click();
    const trial = Number(await page.locator(".grid-row.selected").getAttribute("data-trial"));
    await page.getByRole("button", { name: "Freeze convFilters at this value" }).click();
    await asked({ type: "freeze", param: "convFilters", trial });
  });

  it("is not offered while a run is in progress, and a follow-up says what it holds", async () => {
    const { page, host, changed } = await open(states.running());
    const canvas = page.locator(".area-importance canvas");
    await canvas.click({ position: { x: 120, y: 20 } });
    const freeze = page.getByRole("menuitem", { name: "Freeze…" });
    expect(await freeze.getAttribute("aria-disabled")).toBe("true");
    await page.keyboard.press("Escape");
    expect(await page.getByRole("button", { name: "Freeze a parameter", exact: true }).isDisabled()).toBe(true);
    expect(host.actions).toEqual([]);
    const followUp = { from: "cifar10-cnn", frozen: { convLayers: 3 }, taken: 12 };
    await changed({ ...host.snapshot, sequence: 9, running: null, study: { ...host.snapshot.study!, followUp } });
    await page.getByText("convLayers = 3 frozen").waitFor();
  });
});

describe("the trial table", () => {
  it("keeps few rows of 10,000 in the document and shows the last after scrolling to the end", async () => {
    const { page, host } = await open(states.many());
    await page.locator(`${ROWS}[data-trial="9999"]`).waitFor();
    expect(await page.locator(".grid-body .grid-row").count()).toBeLessThan(60);
    expect(await page.locator(".grid").getAttribute("aria-rowcount")).toBe("10001");
    await page.locator(".grid").evaluate((grid) => grid.scrollTo(0, grid.scrollHeight));
    await page.locator(`${ROWS}[data-trial="0"]`).waitFor();
    expect(await page.locator(".grid-body .grid-row").count()).toBeLessThan(60);
    const lastRow = await page.locator(`${ROWS}[data-trial="0"]`).getAttribute("aria-rowindex");
    expect(lastRow).toBe("10001");
    // What was passed on the way was not asked for.
    expect(host.queries.length).toBeLessThan(12);
    expect(Math.max(...host.queries.map(({ limit }) => limit))).toBeLessThanOrEqual(1_000);
  });

  it("asks the host for another order when a header is clicked, and says which", async () => {
    const { page, host } = await open(states.finished());
    const header = page.getByRole("columnheader", { name: "val_loss" });
    await header.getByRole("button").click();
    await expect.poll(() => host.queries.at(-1)?.sort).toEqual([{ column: "value", descending: false }]);
    expect(await header.getAttribute("aria-sort")).toBe("ascending");
    const best = host.snapshot.study!.best!.number;
    await page.locator(`${ROWS}[aria-rowindex="2"][data-trial="${best}"]`).waitFor();
    await header.getByRole("button").click();
    await expect.poll(() => host.queries.at(-1)?.sort).toEqual([{ column: "value", descending: true }]);
    await page.getByRole("columnheader", { name: "learningRate" }).getByRole("button").click();
    await expect.poll(() => host.queries.at(-1)?.sort?.[0]?.column).toBe("param:learningRate");
  });

  it("filters by state", async () => {
    const { page, host } = await open(states.finished());
    await page.getByRole("button", { name: /^Failed/ }).click();
    await expect.poll(() => host.queries.at(-1)?.filter).toBe("state = failed");
    const failed = host.snapshot.study!.counts.FAIL;
    await expect.poll(() => page.locator(".grid").getAttribute("aria-rowcount")).toBe(String(failed + 1));
    expect(await page.locator(`${ROWS}[data-state="COMPLETE"]`).count()).toBe(0);
    await page.getByRole("button", { name: /^Failed/ }).click();
    await expect.poll(() => page.locator(".grid").getAttribute("aria-rowcount")).toBe("81");
  });

  it("chooses columns, and remembers the choice", async () => {
    const { page } = await open(states.finished());
    await page.getByRole("button", { name: "Choose columns" }).click();
    await page.getByRole("checkbox", { name: "denseNodes" }).click();
    await expect.poll(() => page.getByRole("columnheader", { name: "denseNodes" }).count()).toBe(0);
    await page.getByRole("checkbox", { name: "Started" }).click();
    await page.getByRole("columnheader", { name: "Started" }).waitFor();
    await page.reload();
    await page.getByRole("columnheader", { name: "Started" }).waitFor();
    expect(await page.getByRole("columnheader", { name: "denseNodes" }).count()).toBe(0);
  });

  it("goes by keyboard: to the end and back, into a trial and out, parameters copied", async () => {
    const { page, host } = await open(states.many());
    await page.locator(ROWS).first().waitFor();
    const grid = page.locator(".grid");
    const activeRow = () =>
      grid.evaluate((it) => it.ownerDocument.getElementById(it.getAttribute("aria-activedescendant"))?.dataset.trial);
    await grid.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await expect.poll(activeRow).toBe("9997");
    await page.keyboard.press("End");
    await expect.poll(activeRow, { timeout: 5_000 }).toBe("0");
    await page.keyboard.press("PageUp");
    await expect.poll(activeRow).not.toBe("0");
    await page.keyboard.press("Home");
    await expect.poll(activeRow, { timeout: 5_000 }).toBe("9999");
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Trial 9999" }).waitFor();
    await page.keyboard.press("Control+c");
    await expect.poll(() => host.actions).toEqual([{ type: "copyParameters", trial: 9_999 }]);
    await page.getByRole("button", { name: "Show trial 9999 as code" }).press("Enter");
    await expect.poll(() => host.actions.at(-1)).toEqual({ type: "showCode", trial: 9_999 });
    await grid.focus();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("region", { name: "Trial 9999" }).count()).toBe(0);
  });

  it("shows a trial with its reason to have failed, its curve, and its actions", async () => {
    const { page, host } = await open(states.failed());
    await page.locator(`${ROWS}[data-trial="39"]`).click();
    const details = page.getByRole("region", { name: "Trial 39" });
    await details.getByText(/Negative dimension size/).waitFor();
    await details.getByRole("tab", { name: "Curve" }).click();
    await expect.poll(() => details.locator("canvas").isVisible()).toBe(true);
    await details.getByRole("button", { name: "Retrain trial 39" }).click();
    await expect.poll(() => host.actions).toEqual([{ type: "retrain", trial: 39 }]);
  });

  it("finds a trial by its number", async () => {
    const { page } = await open(states.many());
    await page.locator(ROWS).first().waitFor();
    await page.locator("vscode-text-field.jump").click();
    await page.keyboard.type("#1234\n");
    await page.getByRole("region", { name: "Trial 1234" }).waitFor();
    await page.locator(`${ROWS}.selected[data-trial="1234"]`).waitFor();
  });

  it("keeps what it shows while a slow host is asked again", async () => {
    const { page, host, changed, settled } = await open(states.running());
    await page.locator(ROWS).first().waitFor();
    const asked = host.queries.length;
    let answer = () => {};
    host.holdsBack = new Promise((resolve) => (answer = resolve));
    await changed({ ...host.snapshot, sequence: 2 });
    await expect.poll(() => host.queries.length).toBeGreaterThan(asked);
    await settled();
    expect(await page.locator(".grid-row.loading").count()).toBe(0);
    expect(await page.locator(ROWS).count()).toBeGreaterThan(10);
    answer();
  });
});

describe("charts", () => {
  const measured = (page: OpenDashboard["page"]): Promise<{ painted: number; brightness: number }[]> =>
    page.evaluate("[...document.querySelectorAll('tunelens-chart-card canvas')].map(measureCanvas)");

  it("are drawn, and say in words what they show", async () => {
    const { page, host } = await open(states.finished());
    await expect.poll(() => page.locator("tunelens-chart-card canvas").count()).toBe(3);
    await expect
      .poll(async () => Math.min(...(await measured(page)).map(({ painted }) => painted)))
      .toBeGreaterThan(500);
    const best = host.snapshot.study!.best!.number;
    await page.getByRole("img", { name: new RegExp(`Optimization history: .*at trial ${best}\\.`) }).waitFor();
    await page.getByRole("img", { name: /Parameter importance from \d+ complete trials: .*%/ }).waitFor();
    await page.getByRole("img", { name: /Learning curves of 50 trials/ }).waitFor();
  });

  it("have a table that says the same, by keyboard", async () => {
    const { page } = await open(states.finished());
    await page.getByRole("button", { name: "Parameter Importance: Show as table" }).focus();
    await page.keyboard.press("Enter");
    const table = page.locator(".area-importance table");
    await table.waitFor();
    expect(await table.locator("tbody tr").count()).toBe(6);
    await page.getByRole("button", { name: "Parameter Importance: Show as chart" }).click();
    await page.locator(".area-importance canvas").waitFor();
  });

  it("leave room for the rest of the page, whatever a name is", async () => {
    const named = (name: string) => `${name} <img src="x">\u202E\u001B\n${"wide ".repeat(2_000)}`;
    const name = named("param");
    const trials = [0.1, 0.2, 0.3, 0.4].map((x, number) => {
      const params = { [name]: x };
      return makeTrial(number, {
        params,
        internalParams: params,
        distributions: { [name]: floatDistribution(0, 1) },
        values: [x],
      });
    });
    const study = { ...makeStudy("minimize"), systemAttrs: { "study:metric_names": [named("metric")] } };
    const view = new InspectedStudy("sqlite:///s.db", study, trials);
    const { page } = await open(new FakeHost(snapshotOf({ view }), view));
    await page.getByRole("button", { name: "Parameter Importance: Show as table" }).click();
    await page.getByRole("button", { name: "Optimization History: Show as table" }).click();
    await page.locator(".area-importance td", { hasText: "param" }).waitFor();
    await page.locator(".area-history td", { hasText: "★" }).waitFor();
    const overflow = await page.evaluate(`[...document.querySelectorAll(".page, .card, .card-body, tr")]
      .filter((box) => box.scrollHeight > box.clientHeight + 1 || box.tagName === "TR" && box.clientHeight > 100)
      .map((box) => box.className || box.innerText)`);
    expect(overflow).toEqual([]);
  });

  it("switch between the importance evaluators", async () => {
    const { page } = await open(states.finished());
    await page.locator(".area-importance canvas").waitFor();
    const before = await page.locator(".area-importance canvas").getAttribute("aria-label");
    await page.locator(".area-importance vscode-dropdown").click();
    await page.getByRole("option", { name: "fANOVA" }).click();
    await expect
      .poll(() => page.locator(".area-importance canvas").getAttribute("aria-label"), { timeout: 30_000 })
      .not.toBe(before);
  });

  it("say what takes long while it is computed, and cancel it when something else is chosen", async () => {
    const { page, host } = await open(states.finished());
    await page.locator(".area-importance canvas").waitFor();
    let finish = () => {};
    host.computes = new Promise((resolve) => (finish = resolve));
    const choose = async (evaluator: string) => {
      await page.locator(".area-importance vscode-dropdown").click();
      await page.getByRole("option", { name: evaluator }).click();
    };
    await choose("fANOVA");
    await page.getByText("Computing fANOVA over 80 trials…").waitFor();
    await choose("Mean decrease impurity");
    await page.getByText("Computing mean decrease impurity over 80 trials…").waitFor();
    expect(host.canceled).toEqual([{ chart: "importance", evaluator: "fanova" }]);
    finish();
    await page.locator(".area-importance canvas").waitFor();
    expect(host.canceled).toHaveLength(1);
  });

  it("take the colors of a theme that is switched to", async () => {
    const { page, setTheme } = await open(states.finished());
    await expect.poll(() => page.locator("tunelens-chart-card canvas").count()).toBe(3);
    const brightness = async () => (await measured(page))[0]!.brightness;
    const dark = await brightness();
    await setTheme("light");
    await expect.poll(brightness).toBeLessThan(dark - 50);
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
  });

  it("have no legend where every trial failed, and the best card says so", async () => {
    const { page } = await open(states.allFailed());
    await page.locator(".area-best").getByText("Every trial failed. Select one in the table to see why.").waitFor();
    await page.locator(".area-history").getByText("No values yet.").waitFor();
    expect(await page.locator(".area-history .legend").count()).toBe(0);
  });

  it("say that there are too few trials for importance", async () => {
    const { page } = await open(states.few());
    await page.getByText("Too few trials").waitFor();
  });

  it("say what they show of several objectives", async () => {
    const { page } = await open(states.multi());
    await page.getByRole("img", { name: /Optimization history: .* minimize val_loss/ }).waitFor();
    await page.getByRole("img", { name: /Optimization history: .* minimize latency ms/ }).waitFor();
    await page.getByRole("img", { name: /Parameter importance for each objective from/ }).waitFor();
    await page.getByRole("columnheader", { name: "latency ms" }).waitFor();
  });
});

describe("the study", () => {
  it("can be started when it has not run, and appears as it does", async () => {
    const { page, host, changed } = await open(states.empty());
    await page.getByText("This study has not run yet").waitFor();
    await page.getByRole("button", { name: "Start Study" }).click();
    await expect.poll(() => host.actions).toEqual([{ type: "start" }]);
    const waiting = states.waiting().snapshot;
    await changed({ ...waiting, sequence: 2 });
    await page.getByText("Waiting for the first trial…").waitFor();
    host.view = madeUpView({ trials: 3, running: 1 });
    const running = { ...states.running().snapshot.running!, finished: 3, progress: [epochOf(3, 0)] };
    await changed({ ...snapshotOf(host, { running }), sequence: 3 });
    await page.locator(`${ROWS}[data-trial="3"]`).waitFor();
    await page.getByText("3 / 80 trials").waitFor();
  });

  it("shows each epoch of a running trial as it ends, in the strip and in its row", async () => {
    const { page, progress, settled } = await open(states.running());
    const row = page.locator(`${ROWS}[data-trial="46"]`);
    await row.getByText("8/30").waitFor();
    await progress(epochOf(46, 11));
    await row.getByText("12/30").waitFor();
    await page.locator(".strip").getByText("epoch 12/30").waitFor();
    await progress(epochOf(46, 9));
    await settled();
    expect(await row.getByText("12/30").count()).toBe(1);
  });

  it("drops a snapshot that is older than what it shows", async () => {
    const { page, host, changed, settled } = await open(states.running());
    await changed({ ...host.snapshot, sequence: 5, running: null });
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await changed({ ...states.running().snapshot, sequence: 4 });
    await settled();
    expect(await page.getByRole("button", { name: "Stop" }).count()).toBe(0);
  });

  it("starts from a new snapshot when it is shown after it was hidden", async () => {
    const { page, host, changed } = await open(states.running(), { ownClock: true });
    await page.locator(ROWS).first().waitFor();
    await page.evaluate("pretendHidden(true)");
    const asked = host.queries.length;
    await changed({ ...host.snapshot, sequence: 2 });
    host.view = madeUpView({ trials: 60 });
    host.snapshot = snapshotOf(host, { sequence: 3 });
    await page.clock.runFor(10_000);
    expect(host.queries.length).toBe(asked);
    await page.evaluate("pretendHidden(false)");
    await page.getByText("60 / 80 trials").waitFor();
    await page.locator(`${ROWS}[data-trial="59"]`).waitFor();
  });

  it("ignores messages that are not the host's", async () => {
    const { page, settled } = await open(states.finished());
    await page.locator(ROWS).first().waitFor();
    await page.evaluate(`for (const message of [null, 1, "x", {}, { t: "q", m: "constructor", a: [] }, { t: "s" }])
      window.postMessage(message, "*")`);
    await settled();
    expect(await page.locator(ROWS).count()).toBeGreaterThan(5);
  });

  it("says that it was deleted", async () => {
    const { page, host, changed } = await open(states.finished());
    await page.locator(ROWS).first().waitFor();
    host.view = null;
    await changed({ ...host.snapshot, sequence: 2, study: null });
    await page.getByText("This study was deleted").waitFor();
  });

  it("shows why a run ended, and where to read more", async () => {
    const { page, host } = await open(states.failed());
    const banner = page.getByRole("alert");
    await banner.getByText(/src\/cifar10\.study\.ts:41:17/).waitFor();
    await banner.getByRole("button", { name: "Show Output" }).click();
    await expect.poll(() => host.actions).toEqual([{ type: "showOutput" }]);
  });

  it("runs nothing in a workspace that is not trusted, and says why", async () => {
    const { page, host } = await open(states.untrusted());
    await page.getByText("This workspace is not trusted").waitFor();
    const resume = page.locator("vscode-button", { hasText: "Resume" });
    expect(await resume.getAttribute("title")).toMatch(/trusted workspaces/);
    await resume.click({ force: true });
    await page.locator("vscode-button", { hasText: "Retrain Best" }).first().click({ force: true });
    await page.locator(ROWS).first().click();
    await page.keyboard.press("Control+c");
    // What was clicked before would have come before.
    await expect.poll(() => host.actions.length).toBeGreaterThan(0);
    expect(host.actions.map(({ type }) => type)).toEqual(["copyParameters"]);
  });

  it("is read-only where there is no code of it, and says why", async () => {
    const { page, host } = await open(states.foreign());
    await page.getByRole("status").getByText("Read-only").waitFor();
    const buttons = page.locator("vscode-button", { hasText: /Resume|Retrain Best/ });
    expect(await buttons.count()).toBe(2);
    for (const button of await buttons.all()) {
      expect(await button.getAttribute("title")).toMatch(/Tunelens did not start it/);
      await button.click({ force: true });
    }
    await page.locator(`${ROWS}[data-state="COMPLETE"]`).first().click();
    await page.getByRole("region", { name: /^Trial \d/ }).waitFor();
    expect(host.actions).toEqual([]);
  });

  it("shows what is called as JavaScript calls things of its own", async () => {
    const names = ["__proto__", "constructor", "prototype", "toString"];
    const named = <T>(value: (i: number) => T) => Object.fromEntries(names.map((name, i) => [name, value(i)]));
    const trials = Array.from({ length: 12 }, (_, number) => {
      const params = named((i) => ((number + 1) * (i + 3) * 0.137) % 1);
      const distributions = named(() => floatDistribution(0, 1));
      return makeTrial(number, { params, internalParams: params, distributions, values: [params["constructor"]!] });
    });
    const view = new InspectedStudy("sqlite:///s.db", makeStudy("minimize"), trials);
    const { page } = await open(new FakeHost(snapshotOf({ view }), view));
    for (const name of names) await page.getByRole("columnheader", { name, exact: true }).waitFor();
    const row = page.locator(`${ROWS}[data-trial="3"]`);
    await expect.poll(() => row.innerText()).toMatch(/0\.644\s+0\.192\s+0\.74\s+0\.288/);
    await row.click();
    const details = page.getByRole("region", { name: "Trial 3" });
    await expect.poll(() => details.innerText()).toMatch(/__proto__\s+0\.644\s+constructor\s+0\.192/);
    for (const name of names) await page.getByRole("img", { name: new RegExp(`importance from .*${name} `) }).waitFor();
  });

  it("tells what the host refused", async () => {
    const host = states.finished();
    host.refuses = "src/cifar10.study.ts is gone.";
    const { page } = await open(host);
    await page.getByRole("button", { name: "Retrain Best" }).first().click();
    await page.getByRole("alert").getByText("src/cifar10.study.ts is gone.").waitFor();
    await page.getByRole("button", { name: "Dismiss" }).click();
    await expect.poll(() => page.getByRole("alert").count()).toBe(0);
  });

  it("shows the title of each card whole in a panel of any width", async () => {
    const { page, settled } = await open(states.finished());
    await expect.poll(() => page.locator("tunelens-chart-card canvas").count()).toBe(3);
    for (const width of [420, 570, 650, 700, 890, 1_000, 1_270, 1_400]) {
      await page.setViewportSize({ width, height: 900 });
      // The page learns its width, and with it the number of columns, with the next frame.
      await settled();
      const cut = await page.evaluate(`[...document.querySelectorAll(".card-head h2")]
        .filter((title) => title.scrollWidth > title.clientWidth).map((title) => title.innerText)`);
      expect(cut, `${width} px`).toEqual([]);
    }
  });

  it.each([420, 640, 1_000, 1_400])("fits a panel %i pixels wide", async (width) => {
    const { page } = await open(states.running(), { width });
    await page.locator(ROWS).first().waitFor();
    await expect.poll(() => page.locator("tunelens-chart-card canvas").count()).toBe(3);
    const overflow = await page.evaluate(`[...document.querySelectorAll(".page, .card, .study")]
      .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.className)`);
    expect(overflow).toEqual([]);
  });
});
