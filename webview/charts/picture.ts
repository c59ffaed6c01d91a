import { BasicPlatform, Chart as CanvasChart, type ChartConfiguration, type Plugin } from "chart.js";
import { Context } from "svgcanvas";

import type { ChartTheme } from "./chart-theme.js";

/** A saved picture has this many pixels for each of the screen's. */
const PNG_SCALE = 2;

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** @returns the PNG file in base64. */
export function toPng(config: ChartConfiguration, { width, height }: PictureSize, theme: ChartTheme): string {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const chart = new CanvasChart(canvas, still(config, theme, { devicePixelRatio: PNG_SCALE }));
  try {
    return canvas.toDataURL("image/png").split(",")[1]!;
  } finally {
    chart.destroy();
  }
}

/** @returns the SVG file. */
export function toSvg(config: ChartConfiguration, size: PictureSize, theme: ChartTheme): string {
  const context = new SvgContext(size);
  const canvas = Object.assign(context, { getContext: () => context });
  const drawn = { ...still(traced(config), theme, { devicePixelRatio: 1 }), platform: BasicPlatform };
  const chart = new CanvasChart(canvas as unknown as HTMLCanvasElement, drawn);
  try {
    return context.getSerializedSvg();
  } finally {
    chart.destroy();
  }
}

function still(
  config: ChartConfiguration,
  { ground }: ChartTheme,
  own: { devicePixelRatio: number },
): ChartConfiguration {
  const { options, plugins = [] } = config;
  const zoom = { zoom: { wheel: { enabled: false }, drag: { enabled: false } } };
  return {
    ...config,
    options: {
      ...options,
      ...own,
      animation: false,
      responsive: false,
      events: [],
      plugins: { ...options?.plugins, zoom },
    },
    plugins: [paper(ground), ...plugins],
  };
}

/** Chart.js keeps lines as Path2D, which svgcanvas cannot read, unless their segments may have styles of their own. */
function traced(config: ChartConfiguration): ChartConfiguration {
  const datasets = config.data.datasets.map((dataset) => ({ ...dataset, segment: { borderDash: () => undefined } }));
  return { ...config, data: { ...config.data, datasets } };
}

/** A picture is looked at on any background. */
function paper(color: string): Plugin {
  return {
    id: "paper",
    beforeDraw({ ctx, width, height }) {
      ctx.save();
      ctx.fillStyle = color;
      ctx.fillRect(0, 0, width, height);
      ctx.restore();
    },
  };
}

/** Reads the font as the page's policy allows: svgcanvas sets a style attribute for it. */
class SvgContext extends Context {
  override fillText(text: string, x: number, y: number): void {
    const [, weight, size, family] = /^(?:\w+ )??(bold |\d+ )?([\d.]+px)(?:\/\S+)? (.*)$/.exec(this.font) ?? [];
    const parent = this.__closestGroupOrSvg();
    const anchors = { left: "start", start: "start", center: "middle", right: "end", end: "end" };
    const baselines: Partial<Record<CanvasTextBaseline, string>> = {
      middle: "central",
      top: "hanging",
      hanging: "hanging",
    };
    const attributes = {
      "font-family": family ?? "sans-serif",
      "font-size": size ?? "11px",
      ...(weight === undefined ? {} : { "font-weight": weight.trim() }),
      x,
      y,
      "text-anchor": anchors[this.textAlign],
      "dominant-baseline": baselines[this.textBaseline] ?? "alphabetic",
    };
    const element = this.__createElement("text", attributes, true);
    element.append(text);
    this.__currentElement = element;
    this.__applyTransformation(element);
    this.__applyStyleToCurrentElement("fill");
    parent.append(element);
  }
}
