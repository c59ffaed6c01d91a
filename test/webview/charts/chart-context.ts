import { vi } from "vitest";
import type { ChartName } from "../../../src/protocol/charts.js";
import type { ChartChoice, ChartContext, ChartStudy } from "../../../webview/charts/chart.js";

export const study: ChartStudy = {
  directions: ["minimize"],
  metricNames: ["loss"],
  best: null,
  hasRunning: false,
  hasComplete: true,
  endedEarly: "pruned",
};

/** What a chart of a page gets, and what it asked the page for. */
export function makeContext<Name extends ChartName>(choice: ChartChoice<Name> = {}, over: Partial<ChartStudy> = {}) {
  return {
    study: { ...study, ...over },
    choice,
    blocked: null,
    selected: [],
    choose: vi.fn(),
    filter: vi.fn(),
    select: vi.fn(),
    open: vi.fn(),
    offer: vi.fn(),
    show: vi.fn(),
    act: vi.fn(),
  } satisfies ChartContext<Name>;
}

export const theme = {
  foreground: "#ccc",
  muted: "#999",
  grid: "#333",
  background: "#111",
  ground: "#000",
  border: "#444",
  accent: "#cc0",
  series: ["#00f", "#0f0"],
  states: { COMPLETE: "#00f", RUNNING: "#0f0", PAUSED: "#999", PRUNED: "#999", FAIL: "#f00", WAITING: "#888" },
  fontFamily: "sans-serif",
  fontSize: 11,
};
