import type { ParamInsight } from "../protocol/charts.js";
import { placeInRange } from "../protocol/param-outline.js";

const WIDTH = 260;
const HEIGHT = 72;
const MARGIN = 6;

/**
 * A small picture of a parameter's values against their results, as SVG, for a hover. It shows as an image, which knows no theme: gray and blue are
 * seen on dark and light. Made of numbers only.
 */
export function paramPicture(insight: ParamInsight): string {
  const shown = insight.shown.filter(({ result }) => Number.isFinite(Number(result)));
  const results = shown.map(({ result }) => Number(result));
  const [least, most] = middleOf(results);
  const best = new Set(insight.best.map(({ trial }) => trial));
  const dots = shown.map((tried) => {
    const x = MARGIN + placeInRange(insight, tried.value) * (WIDTH - 2 * MARGIN);
    const share = most > least ? (clip(Number(tried.result), least, most) - least) / (most - least) : 0.5;
    const y = HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN);
    const look = best.has(tried.trial) ? 'r="3" fill="#3794ff"' : 'r="2" fill="#8c8c8c" fill-opacity="0.7"';
    return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" ${look}/>`;
  });
  const frame = `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" fill="none" stroke="#8c8c8c" stroke-opacity="0.4"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">${frame}${dots.join("")}</svg>`;
}

/** Without the highest and the lowest twentieth, whose distance would flatten the others: they are drawn at the edge. */
function middleOf(results: readonly number[]): readonly [number, number] {
  const sorted = results.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return [at(0.05), at(0.95)];
}

function clip(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
