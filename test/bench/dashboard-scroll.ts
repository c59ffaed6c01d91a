/**
 * `npm run bench:dashboard`: how long a frame takes while the trial table scrolls, with 10,000 trials and with 80, in turn in one browser.
 * A ratio near 1 says that the size of the table does not matter.
 */
import { launchChromium } from "../../scripts/vscode/browser.ts";
import { openDashboard, type FakeHost } from "../e2e/dashboard-harness/harness.js";
import { states } from "../e2e/dashboard-harness/states.js";

const ROUNDS = 5;
const browser = await launchChromium();
try {
  const few: number[] = [];
  const many: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    few.push(...(await scrollFrames(states.finished())));
    many.push(...(await scrollFrames(states.many())));
  }
  print("80 trials", few);
  print("10,000 trials", many);
  console.log(`ratio of the medians: ${(quantile(many, 0.5) / quantile(few, 0.5)).toFixed(2)}`);
} finally {
  await browser.close();
}

async function scrollFrames(host: FakeHost): Promise<number[]> {
  const { page, close } = await openDashboard(browser, host);
  await page.locator(".grid-body .grid-row:not(.loading)").first().waitFor();
  // Half there, half back, so that a short table scrolls as long as a long one.
  const scroll = (pixels: number) => `scrollFrames(document.querySelector(".grid"), 30, ${pixels})`;
  const frames = [...(await page.evaluate<number[]>(scroll(60))), ...(await page.evaluate<number[]>(scroll(-60)))];
  await close();
  return frames;
}

function print(name: string, frames: number[]): void {
  const ms = (q: number) => `${quantile(frames, q).toFixed(1)} ms`;
  console.log(`${name}: median ${ms(0.5)}, 95 % ${ms(0.95)} a frame`);
}

function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))]!;
}
