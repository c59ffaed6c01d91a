import { LitElement, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import type { CardPlace } from "../../src/protocol/dashboard-layout.js";
import { type CardAction, emit } from "../events.js";
import { html } from "../html.js";
import { arrange, cardTitle, moveTo, type PlacedCard, remove, resize, stepOf, taller } from "./cards.js";
import { drag } from "./drag.js";
import "./card-grid.css";

/** From these widths on, in pixels, the page has two columns, three, four. */
const columnWidths = [620, 860, 1_240];

/** The cards of the page, in rows. They are moved and resized with the pointer, or by their menus. */
@customElement("tunelens-card-grid")
export class CardGrid extends LitElement {
  @property({ attribute: false }) accessor layout: readonly CardPlace[] = [];
  /** What a card shows. Given anew with each update of the page. */
  @property({ attribute: false }) accessor content: (id: string) => TemplateResult = () => html``;
  @state() private accessor columns = columnsOf(window.innerWidth);
  /** As the page is while a card is dragged or resized. */
  @state() private accessor preview: readonly CardPlace[] | null = null;
  @state() private accessor said = "";
  private readonly observer = new ResizeObserver(([entry]) => {
    this.columns = columnsOf(entry!.contentRect.width);
  });

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("card", (event) => {
      const { id, action } = (event as CustomEvent<{ id: string; action: CardAction }>).detail;
      void this.act(id, action);
    });
    this.addEventListener("pointerdown", (event) => this.grab(event));
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
  }

  protected override render(): TemplateResult {
    const placed = this.placed();
    const rows = 1 + (placed.at(-1)?.row ?? 0);
    const last = placed.at(-1);
    const fills = this.columns > 1 && last?.id === "trials" && last.height === null && last.column === 0;
    return html`<div
        class="cards"
        data-columns=${this.columns}
        .style="grid-template-columns: repeat(${this.columns}, minmax(0, 1fr));
          grid-template-rows: repeat(${rows - 1}, auto) ${fills ? "minmax(320px, 1fr)" : "auto"}"
      >
        ${repeat(
          placed,
          ({ id }) => id,
          (card) => this.slotOf(card, fills && card === last),
        )}
      </div>
      <div class="sr-only" role="status" aria-live="polite">${this.said}</div>`;
  }

  /** Says where a card is, to those who do not see it, and puts the keyboard on it. */
  async announce(id: string, what: string): Promise<void> {
    this.said = `${cardTitle(id)}: ${what}.`;
    await this.updateComplete;
    this.querySelector<HTMLElement>(`.card-menu[data-card="${id}"] button`)?.focus();
  }

  /** @param fills whether it takes what is left of the page. */
  private slotOf({ id, row, column, span, height }: PlacedCard, fills: boolean): TemplateResult {
    return html`<div
      class="card-slot"
      data-card=${id}
      ?data-own-height=${height !== null}
      ?data-fills=${fills}
      .style="grid-area: ${row + 1} / ${column + 1} / auto / span ${span}; ${height === null ? "" : `height: ${height}px`}"
    >
      ${this.content(id)}
      <div class="card-corner" aria-hidden="true"></div>
    </div>`;
  }

  private placed(): readonly PlacedCard[] {
    return arrange(this.preview ?? this.layout, this.columns);
  }

  private change(layout: readonly CardPlace[]): void {
    emit(this, "layout", layout);
  }

  private async act(id: string, action: CardAction): Promise<void> {
    const { layout } = this;
    const placed = this.placed();
    const card = placed.find((other) => other.id === id);
    if (card === undefined) return;
    if (action === "remove") {
      this.change(remove(layout, id));
      const next = placed[placed.indexOf(card) + 1] ?? placed[placed.indexOf(card) - 1];
      this.said = `${cardTitle(id)}: removed.`;
      await this.updateComplete;
      this.querySelector<HTMLElement>(`.card-menu[data-card="${next?.id}"] button`)?.focus();
    } else if (action === "wider" || action === "narrower") {
      const columns = Math.max(1, Math.min(card.span + (action === "wider" ? 1 : -1), this.columns));
      this.change(resize(layout, id, { columns }));
      await this.announce(id, `${columns} of ${this.columns} columns wide`);
    } else if (action === "taller" || action === "shorter") {
      const changed = resize(layout, id, { height: taller(this.boxOf(id).height, action === "taller") });
      this.change(changed);
      await this.announce(id, `${changed.find((other) => other.id === id)!.height} pixels high`);
    } else {
      const to = stepOf(placed, id, action);
      this.change(moveTo(layout, id, to));
      await this.announce(id, `position ${to + 1} of ${layout.length}`);
    }
  }

  /** A title is what a card is moved by, its corner what it is resized by. */
  private grab(event: PointerEvent): void {
    const target = event.target as HTMLElement;
    const slot = target.closest<HTMLElement>(".card-slot");
    if (slot === null || event.button !== 0) return;
    const id = slot.dataset.card!;
    if (target.matches(".card-corner")) this.resizeBy(event, id);
    else if (target.closest(".card-head h2") !== null) this.moveBy(event, id);
  }

  private moveBy(event: PointerEvent, id: string): void {
    drag(event, {
      class: "dragging-card",
      move: ({ clientX, clientY }) => {
        const to = this.positionAt(clientX, clientY, id);
        if (to !== null) this.preview = moveTo(this.preview ?? this.layout, id, to);
      },
      end: (isDone) => this.endPreview(isDone),
    });
  }

  private resizeBy(event: PointerEvent, id: string): void {
    const box = this.boxOf(id);
    const column = (this.clientWidth + 10) / this.columns;
    drag(event, {
      class: "resizing-card",
      move: ({ clientX, clientY }) => {
        const columns = Math.min(this.columns, Math.max(1, Math.round((clientX - box.left) / column)));
        this.preview = resize(this.layout, id, { columns, height: clientY - box.top });
      },
      end: (isDone) => this.endPreview(isDone),
    });
  }

  private endPreview(isDone: boolean): void {
    const { preview } = this;
    this.preview = null;
    if (isDone && preview !== null) this.change(preview);
  }

  /** Where a card goes that is dragged here: to the place of the card that is here. */
  private positionAt(x: number, y: number, id: string): number | null {
    const slot = document.elementFromPoint(x, y)?.closest<HTMLElement>(".card-slot");
    if (slot == null || slot.dataset.card === id) return null;
    return (this.preview ?? this.layout).findIndex((card) => card.id === slot.dataset.card);
  }

  private boxOf(id: string): DOMRect {
    return this.querySelector(`.card-slot[data-card="${id}"]`)!.getBoundingClientRect();
  }
}

function columnsOf(width: number): number {
  return 1 + columnWidths.filter((from) => width + 28 >= from).length;
}
