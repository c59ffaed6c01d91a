declare module "svgcanvas" {
  /** A 2D context that writes SVG. Only what is used of it. */
  export class Context {
    constructor(options: { width: number; height: number });
    readonly canvas: Context;
    font: string;
    textAlign: CanvasTextAlign;
    textBaseline: CanvasTextBaseline;
    fillStyle: string;
    fillRect(x: number, y: number, width: number, height: number): void;
    getSerializedSvg(): string;
    fillText(text: string, x: number, y: number): void;
    protected __closestGroupOrSvg(): SVGElement;
    protected __createElement(name: string, attributes: Record<string, unknown>, isStyled: boolean): SVGElement;
    protected __currentElement: SVGElement;
    protected __applyTransformation(element: SVGElement): void;
    protected __applyStyleToCurrentElement(action: "fill" | "stroke"): void;
  }
}
