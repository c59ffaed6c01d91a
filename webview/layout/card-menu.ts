import type { TemplateResult } from "lit";

import { type CardAction, emit } from "../events.js";
import { html } from "../html.js";
import type { MenuItem } from "../menu.js";
import "../menu.js";
import { cardTitle } from "./cards.js";

const labels: Readonly<Record<CardAction, string>> = {
  left: "Move Left",
  right: "Move Right",
  up: "Move Up",
  down: "Move Down",
  wider: "Wider",
  narrower: "Narrower",
  taller: "Taller",
  shorter: "Shorter",
  remove: "Remove",
};

const startsGroup: readonly CardAction[] = ["left", "wider", "remove"];

/** In the head of every card: what can be done with its place on the page. @param own what the card itself offers, first. */
export function cardMenu(id: string, own: readonly MenuItem[] = []): TemplateResult {
  const items = (from: EventTarget) => [
    ...own,
    ...(Object.keys(labels) as CardAction[]).map((action): MenuItem => ({
      label: labels[action],
      startsGroup: startsGroup.includes(action) && (action !== "left" || own.length > 0),
      choose: () => emit(from, "card", { id, action }),
    })),
  ];
  return html`<tunelens-menu
    class="card-menu"
    data-card=${id}
    .label="${cardTitle(id)}: More Actions"
    .items=${items}
  ></tunelens-menu>`;
}
