/** How far the pointer moves before it drags, in pixels: less is a click. */
const SLOP = 4;

interface Drag {
  /** Of the page's body meanwhile. */
  readonly class: string;
  move(event: PointerEvent): void;
  /** @param isDone false: given up with Escape, or by the system. */
  end(isDone: boolean): void;
}

/** Follows a pointer from where it was pressed until it is released. */
export function drag(start: PointerEvent, { class: bodyClass, move, end }: Drag): void {
  const listening = new AbortController();
  const { signal } = listening;
  let isDragging = false;
  const finish = (isDone: boolean) => {
    listening.abort();
    document.body.classList.remove(bodyClass);
    if (isDragging) end(isDone);
  };
  start.preventDefault();
  const onMove = (event: PointerEvent) => {
    if (event.pointerId !== start.pointerId) return;
    const distance = Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY);
    if (!isDragging && distance < SLOP) return;
    isDragging = true;
    document.body.classList.add(bodyClass);
    move(event);
  };
  window.addEventListener("pointermove", onMove, { signal });
  window.addEventListener("pointerup", () => finish(true), { signal });
  window.addEventListener("pointercancel", () => finish(false), { signal });
  window.addEventListener("keydown", ({ key }) => key === "Escape" && finish(false), { signal });
}
