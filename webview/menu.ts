import { LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { html } from "./html.js";
import { icon, type IconName } from "./icons.js";
import { placePopover } from "./popover.js";
import "./menu.css";

export interface MenuItem {
  readonly label: string;
  /** What it does, below the label. */
  readonly detail?: string;
  /** Why it cannot be chosen now. */
  readonly disabled?: string | null;
  /** A line above it. */
  readonly startsGroup?: boolean;
  readonly choose: () => void;
}

/** A button that opens a menu: arrow keys, Home, End and first letters go through it, Escape closes it. */
@customElement("tunelens-menu")
export class Menu extends LitElement {
  /** What the button is called, for everybody who cannot see its icon. */
  @property({ attribute: false }) accessor label = "";
  @property({ attribute: false }) accessor iconName: IconName = "ellipsis";
  /** Beside the icon. */
  @property({ attribute: false }) accessor text = "";
  /** Whether it has no button: it opens where it is told to. */
  @property({ attribute: false }) accessor isBare = false;
  /** Asked for when the menu opens. */
  @property({ attribute: false }) accessor items: (
    from: EventTarget,
  ) => readonly MenuItem[] | Promise<readonly MenuItem[]> = () => [];
  /** What had the keyboard when it opened. */
  private focusedBefore: HTMLElement | null = null;
  @state() private accessor opened: readonly MenuItem[] | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const { label, opened } = this;
    return html`${this.isBare ? nothing : this.button()}
      <div
        class="popover command-menu"
        popover
        role="menu"
        aria-label=${label}
        @toggle=${(event: ToggleEvent) => event.newState === "closed" && this.closed()}
        @keydown=${this.onKey}
      >
        ${opened?.map((item) => this.item(item))}
      </div>`;
  }

  private button(): TemplateResult {
    const { label, text, opened } = this;
    return html`<button
      class=${text === "" ? "icon-button" : "icon-button text-button"}
      title=${label}
      aria-label=${label}
      aria-haspopup="menu"
      aria-expanded=${opened !== null}
      @click=${() => void this.open(this.querySelector("button")!.getBoundingClientRect())}
    >
      ${icon(this.iconName)}${text === "" ? nothing : html`<span>${text}</span>`}
    </button>`;
  }

  /** @param at beside what. */
  async open(at: DOMRect): Promise<void> {
    if (this.opened !== null) return;
    this.focusedBefore = document.activeElement as HTMLElement | null;
    const items = await this.items(this);
    if (this.opened !== null) return;
    this.opened = items;
    await this.updateComplete;
    const menu = this.querySelector<HTMLElement>(".command-menu")!;
    menu.showPopover();
    placePopover(menu, at);
    this.entries()[0]?.focus();
  }

  private item({ label, detail, disabled = null, startsGroup, choose }: MenuItem): TemplateResult {
    return html`<button
      role="menuitem"
      class=${startsGroup ? "menu-item starts-group" : "menu-item"}
      tabindex="-1"
      aria-disabled=${disabled !== null}
      title=${disabled ?? ""}
      @click=${() => {
        if (disabled !== null) return;
        this.close();
        choose();
      }}
    >
      <span>${label}</span>${detail === undefined ? nothing : html`<span class="menu-detail">${detail}</span>`}
    </button>`;
  }

  private close(): void {
    this.querySelector<HTMLElement>(".command-menu")!.hidePopover();
    // The browser says so later. Until then, what opens the menu again would be swallowed.
    this.closed();
    this.focusedBefore?.focus();
  }

  private closed(): void {
    this.opened = null;
  }

  private entries(): HTMLElement[] {
    return Array.from(this.querySelectorAll<HTMLElement>("[role=menuitem]"));
  }

  private onKey(event: KeyboardEvent): void {
    const entries = this.entries();
    const at = entries.indexOf(document.activeElement as HTMLElement);
    const go = (to: number) => entries.at(to % entries.length)?.focus();
    if (event.key === "ArrowDown") go(at + 1);
    else if (event.key === "ArrowUp") go(at - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(-1);
    else if (event.key === "Escape" || event.key === "Tab") this.close();
    else if (event.key.length === 1 && event.key !== " ") this.goToLetter(event.key, at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private goToLetter(letter: string, at: number): void {
    const entries = this.entries();
    const ordered = [...entries.slice(at + 1), ...entries.slice(0, at + 1)];
    ordered.find((entry) => entry.innerText.toLowerCase().startsWith(letter.toLowerCase()))?.focus();
  }
}
