import { mkdirSync } from "node:fs";
import { launchChromium } from "../../../scripts/vscode/browser.ts";
import { pause } from "../../wait.js";
import { openDashboard } from "./harness.js";
import { openTrial } from "./seen.js";
import { states } from "./states.js";
import type { ThemeName } from "./themes.js";

/** `tsx screenshots.ts FOLDER [STATE …]`: the dashboard in every state and theme, to look at. */
const [folder = "test-results/dashboard", ...only] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

interface Shot {
  readonly state: keyof typeof states;
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  /** Opens this trial. */
  readonly trial?: number;
}

const shots: readonly Shot[] = [
  ...(Object.keys(states) as (keyof typeof states)[]).map((state): Shot => ({ state })),
  { state: "running", theme: "light" },
  { state: "running", theme: "high-contrast" },
  { state: "finished", theme: "light", trial: 20 },
  { state: "finished", theme: "high-contrast", trial: 20 },
  { state: "empty", theme: "light" },
  { state: "failed", theme: "high-contrast" },
  { state: "paused", theme: "light" },
  { state: "paused", theme: "high-contrast" },
  ...(["dark", "light", "high-contrast"] as const).flatMap((theme): Shot[] => [
    { state: "pausing", theme, trial: 12 },
    { state: "pausing", theme, width: 570, height: 1900 },
  ]),
  { state: "finished", trial: 33 },
  { state: "running", width: 820, height: 1000 },
  ...(["dark", "light", "high-contrast"] as const).map((theme): Shot => ({
    state: "finished",
    theme,
    width: 570,
    height: 1900,
  })),
  ...(["objectives", "family", "params"] as const).flatMap((state): Shot[] => [
    { state, theme: "light" },
    { state, theme: "high-contrast" },
    { state, width: 571, height: 1400 },
    { state, width: 1800 },
  ]),
  { state: "running", width: 420, height: 1900 },
  { state: "finished", width: 420, height: 1900, trial: 12 },
  ...(["dark", "light", "high-contrast"] as const).map((theme): Shot => ({ state: "annotated", theme, trial: 12 })),
  { state: "annotated", width: 570, height: 1900, trial: 12 },
];

const browser = await launchChromium();
for (const { state, theme = "dark", width = 1400, height = 900, trial } of shots) {
  if (only.length > 0 && !only.includes(state)) continue;
  const open = await openDashboard(browser, states[state](), { theme, width, height });
  if (trial !== undefined) await openTrial(open.page, trial);
  await pause(900, "charts are drawn little by little, and do not say when they are done");
  const name = `${state}-${theme}-${width}${trial === undefined ? "" : "-trial"}.png`;
  await open.page.screenshot({ path: `${folder}/${name}` });
  console.log(name, open.complaints);
  await open.close();
}
await browser.close();
