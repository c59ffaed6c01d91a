import "./popover.css";

/** How far from the window's edges, in pixels. */
const MARGIN = 4;
const GAP = 2;

/** Places a popover that is shown below something, above it where there is no room, and always within the window. */
export function placePopover(popover: HTMLElement, beside: DOMRect): void {
  const { offsetWidth, offsetHeight } = popover;
  const below = beside.bottom + GAP;
  const top = below + offsetHeight > window.innerHeight ? beside.top - offsetHeight - GAP : below;
  popover.style.top = `${within(top, window.innerHeight - offsetHeight)}px`;
  popover.style.left = `${within(beside.right - offsetWidth, window.innerWidth - offsetWidth)}px`;
}

function within(place: number, last: number): number {
  return Math.max(MARGIN, Math.min(place, last - MARGIN));
}

/** Opens an element's popover beside its button. */
export function openPopover(element: HTMLElement): void {
  const popover = element.querySelector<HTMLElement>("[popover]")!;
  popover.showPopover();
  placePopover(popover, element.querySelector("button")!.getBoundingClientRect());
}
