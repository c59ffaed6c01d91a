/**
 * `npm run bench:dashboard`: how long a user waits for the dashboard of a study with many trials: the real inspector process and the real page, in a
 * browser. Where the command `optuna-dashboard` is there (or named by TUNELENS_OPTUNA_DASHBOARD), how long it takes to answer with the same
 * study, for comparison.
 *
 * Options: --trials N,N (default 1000,10000,100000)
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import type { Page } from "playwright-core";
import { launchChromium } from "../../../scripts/vscode/browser.ts";
import { chartNames } from "../../../src/protocol/charts.js";
import type { InspectorFunctions } from "../../../src/protocol/inspector.js";
import { openDashboard } from "../../e2e/dashboard-harness/harness.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { MANY_TRIALS, storeManyTrials } from "../many-trials.js";
import { median } from "../median.js";
import { measureAnswers } from "./inspector-answers.js";
import { InspectorHost, startInspector } from "./inspector-host.js";
import { mb, ms, type Rows, timed } from "./measures.js";

const ROW = ".grid-body .grid-row:not(.loading)";
const FRAMES = 60;
const WHEEL_PIXELS = 300;
const QUERIES = 40;
const RELAYS = 5;
const PEER_PORT = 18_080;
const PEER_WAIT_MS = 60_000;

const { values } = parseArgs({ options: { trials: { type: "string", default: "1000,10000,100000" } } });
const folder = temporaryFolder();
const browser = await launchChromium();
try {
  const columns: Rows[] = [];
  const sizes = values.trials.split(",").map(Number);
  for (const trials of sizes) columns.push(await measure(trials));
  print(sizes, columns);
} finally {
  await browser.close();
}

async function measure(trials: number): Promise<Rows> {
  const path = join(folder, `${trials}.db`);
  storeManyTrials(path, trials);
  return [
    ...(await measurePage(path)),
    ...(await measureCharts(path, trials)),
    ...(await measurePeer(path)),
    ...(await measureAnswers(folder, path, MANY_TRIALS, trials)),
  ];
}

async function measurePage(path: string): Promise<Rows> {
  const inspector = await startInspector(folder);
  const [[summary], listed] = await timed(() => inspector.functions.listStudies(path));
  const { page, close } = await openDashboard(browser, new InspectorHost(inspector.functions, summary!));
  const [paint, header, painted] = await untilShown(page);
  const frames: number[] = [];
  for (const pixels of [WHEEL_PIXELS, -WHEEL_PIXELS])
    frames.push(
      ...(await page.evaluate<number[]>(`scrollFrames(document.querySelector(".grid"), ${FRAMES}, ${pixels})`)),
    );
  const sorted = frames.toSorted((a, b) => a - b);
  const rows: Rows = [
    ["tree and header", ms(listed)],
    ["first paint", ms(paint)],
    ["header on the page", ms(header)],
    ["first rows on the page", ms(painted)],
    ["frame of the wheel, median", ms(quantile(sorted, 0.5))],
    ["frame of the wheel, 95%", ms(quantile(sorted, 0.95))],
    ["sort by value", ms(await untilRowsChange(page, '[data-column^="value"] .sort'))],
    ["filter by a state", ms(await untilRowsChange(page, ".chip:nth-of-type(2)"))],
    ["nodes of the page", String(await page.evaluate<number>('document.querySelectorAll("*").length'))],
    ["memory of the page", mb(await page.evaluate<number>("performance.memory.usedJSHeapSize"))],
    ["memory of the inspector", mb(inspector.memory())],
  ];
  await close();
  inspector.end();
  return rows;
}

/**
 * Begins the page anew, so that the browser has seen one before, as the editor has. @returns when it painted anything, the header, and the
 * first rows, counted from its start.
 */
async function untilShown(page: Page): Promise<[paint: number, header: number, rows: number]> {
  await page.locator(ROW).first().waitFor();
  await page.addInitScript(`
    globalThis.painted = (selector) => new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        if (document.querySelector(selector) === null) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
      });
      observer.observe(document, { childList: true, subtree: true });
    });
    globalThis.shown = Promise.all([".study", ${JSON.stringify(ROW)}].map(painted));`);
  await page.reload();
  return page.evaluate(`shown.then((times) => [performance.getEntriesByName("first-paint")[0].startTime, ...times])`);
}

/** Clicks, and waits for the first frame with other rows. */
async function untilRowsChange(page: Page, selector: string): Promise<number> {
  return page.evaluate<number>(`(async () => {
    const shown = () => Array.from(document.querySelectorAll(${JSON.stringify(ROW)}), (row) => row.textContent).join();
    const before = shown();
    const start = performance.now();
    document.querySelector(${JSON.stringify(selector)}).click();
    while (shown() === before || shown() === "") await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - start;
  })()`);
}

async function measureCharts(path: string, trials: number): Promise<Rows> {
  const inspector = await startInspector(folder);
  const { functions } = inspector;
  await functions.listStudies(path);
  const rows: Rows = [];
  const relays = [timeOfRelay(await functions.listTrials(path, MANY_TRIALS, { offset: 0, limit: 1_000 }))];
  for (const chart of chartNames) {
    try {
      const [answer, took] = await timed(() => functions.getChart(path, MANY_TRIALS, { chart }));
      rows.push([`chart: ${chart}`, ms(took)]);
      relays.push(timeOfRelay(answer));
    } catch (error) {
      // One that a study with one objective does not have.
      rows.push([`chart: ${chart}`, (error as Error).message.slice(0, 30)]);
    }
  }
  rows.push(["the extension host on the largest answer", ms(Math.max(...relays))]);
  rows.push(["a page of rows while fANOVA is computed, longest", await rowsMeanwhile(functions, path, trials)]);
  inspector.end();
  return rows;
}

/** How long the extension host is busy with an answer: it reads it from the inspector's channel and writes it to the page's. */
function timeOfRelay(answer: unknown): number {
  const text = JSON.stringify(answer);
  const times = Array.from({ length: RELAYS }, () => {
    const start = performance.now();
    JSON.stringify(JSON.parse(text));
    return performance.now() - start;
  });
  return median(times);
}

async function rowsMeanwhile(functions: InspectorFunctions, path: string, trials: number): Promise<string> {
  const request = { chart: "importance", evaluator: "fanova" } as const;
  let isComputed = false;
  const chart = functions.getChart(path, MANY_TRIALS, request).then(
    () => (isComputed = true),
    () => {},
  );
  const times: number[] = [];
  for (let i = 0; i < QUERIES && !isComputed; i++) {
    const offset = Math.floor((i / QUERIES) * trials);
    times.push((await timed(() => functions.listTrials(path, MANY_TRIALS, { offset, limit: 100 })))[1]);
  }
  await functions.cancelChart(path, MANY_TRIALS, request);
  await chart;
  return `${ms(Math.max(...times))} of ${times.length}`;
}

/** How long optuna-dashboard takes for what its page of the study is made of. */
async function measurePeer(path: string): Promise<Rows> {
  const command = process.env["TUNELENS_OPTUNA_DASHBOARD"] ?? "optuna-dashboard";
  const what = "optuna-dashboard: all of the study";
  if (spawnSync(command, ["--version"]).status !== 0) return [[what, "not installed"]];
  const server: ChildProcess = spawn(command, [`sqlite:///${path}`, "--port", String(PEER_PORT)], { stdio: "ignore" });
  try {
    const address = `http://127.0.0.1:${PEER_PORT}/api/studies`;
    await answer(address);
    return [[what, ms((await timed(() => answer(`${address}/1?after=0`)))[1])]];
  } finally {
    server.kill();
  }
}

/** Waits for the server. */
async function answer(address: string): Promise<string> {
  const deadline = performance.now() + PEER_WAIT_MS;
  for (;;) {
    try {
      return await (await fetch(address)).text();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.floor(q * (sorted.length - 1))]!;
}

function print(sizes: readonly number[], columns: readonly Rows[]): void {
  const table = new Table({
    head: ["", ...sizes.map((size) => `${size} trials`)],
    style: { head: [], border: [], compact: true },
  });
  columns[0]!.forEach(([what], row) => table.push([what, ...columns.map((rows) => rows[row]![1])]));
  console.log(table.toString());
  console.log(`${availableParallelism()} processors, load ${loadavg()[0]!.toFixed(1)}`);
}
