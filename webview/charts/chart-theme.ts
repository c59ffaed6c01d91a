import { color } from "chart.js/helpers";

import type { ChartState } from "../../src/protocol/charts.js";

/** The editor's colors as a canvas needs them: resolved, not as variables. */
export interface ChartTheme {
  readonly foreground: string;
  readonly muted: string;
  readonly grid: string;
  /** Of what lies over a chart. */
  readonly background: string;
  /** What a chart is drawn on. */
  readonly ground: string;
  readonly border: string;
  readonly accent: string;
  /** Of lines beside one in the accent's color. */
  readonly series: readonly string[];
  readonly states: Readonly<Record<ChartState, string>>;
  readonly fontFamily: string;
  readonly fontSize: number;
}

export function readTheme(): ChartTheme {
  const style = getComputedStyle(document.body);
  const get = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
  const foreground = get("--vscode-foreground", "#808080");
  const muted = get("--vscode-descriptionForeground", foreground);
  const isHighContrast = document.body.classList.contains("vscode-high-contrast");
  return {
    foreground,
    muted,
    grid: isHighContrast ? withAlpha(foreground, 0.2) : withAlpha(foreground, 0.1),
    background: get("--vscode-editorHoverWidget-background", get("--vscode-editor-background", "#1e1e1e")),
    ground: get("--vscode-editor-background", "#1e1e1e"),
    border: get("--vscode-editorHoverWidget-border", muted),
    accent: get("--vscode-charts-yellow", "#cca700"),
    series: [
      get("--vscode-charts-blue", "#3794ff"),
      get("--vscode-charts-green", "#89d185"),
      get("--vscode-charts-purple", "#b180d7"),
      get("--vscode-charts-orange", "#d18616"),
      get("--vscode-charts-red", "#f14c4c"),
      foreground,
    ],
    states: {
      COMPLETE: get("--vscode-charts-blue", "#3794ff"),
      RUNNING: get("--vscode-charts-green", "#89d185"),
      PAUSED: muted,
      PRUNED: muted,
      FAIL: get("--vscode-charts-red", "#f14c4c"),
      WAITING: get("--vscode-disabledForeground", muted),
    },
    fontFamily: get("--vscode-font-family", "sans-serif"),
    fontSize: Math.max(10, parseFloat(get("--vscode-font-size", "13")) - 2),
  };
}

export function withAlpha(cssColor: string, alpha: number): string {
  return color(cssColor).alpha(alpha).rgbString();
}

/** Calls back after the editor changed its theme. @returns how to stop. */
export function onThemeChange(callback: () => void): () => void {
  const observer = new MutationObserver(callback);
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
  return () => observer.disconnect();
}
