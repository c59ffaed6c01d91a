import type { PinchMove } from "./zoom.js";

interface Fingers {
  readonly center: PinchMove["center"];
  readonly distance: number;
}

/**
 * Two fingers on a touch screen, which the zoom plugin sees through a library that nobody maintains. One finger scrolls the page.
 * @param act what is done with each move.
 */
export class Pinch {
  private last: Fingers | null = null;

  constructor(private readonly act: (move: PinchMove) => void) {}

  /** For `touchstart`, `touchmove`, and `touchend` of a canvas. */
  readonly onTouch = (event: TouchEvent): void => {
    const fingers = fingersOf(event);
    if (fingers !== null && this.last !== null && event.type === "touchmove") {
      const { center, distance } = fingers;
      const moved = { x: center.x - this.last.center.x, y: center.y - this.last.center.y };
      this.act({ factor: distance / this.last.distance, center, moved });
    }
    this.last = fingers;
    // Else the browser would zoom the page.
    if (fingers !== null && event.cancelable) event.preventDefault();
  };
}

function fingersOf({ currentTarget, touches }: TouchEvent): Fingers | null {
  const [a, b] = touches;
  if (a === undefined || b === undefined || touches.length !== 2) return null;
  const { left, top } = (currentTarget as Element).getBoundingClientRect();
  const distance = Math.max(1, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY));
  return { center: { x: (a.clientX + b.clientX) / 2 - left, y: (a.clientY + b.clientY) / 2 - top }, distance };
}
