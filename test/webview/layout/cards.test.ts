import { expect, it } from "vitest";
import type { CardPlace } from "../../../src/protocol/dashboard-layout.js";
import { layout as savedLayout } from "../../../src/extension/dashboard-messages.js";
import * as v from "valibot";
import {
  add,
  addable,
  arrange,
  cardOf,
  cardTitle,
  defaultLayout,
  firstChoice,
  knownCards,
  moveTo,
  remove,
  resize,
  stepOf,
} from "../../../webview/layout/cards.js";

const one = { directions: ["minimize"] as const };
const three = { directions: ["minimize", "maximize", "minimize"] as const };
const ids = (layout: readonly CardPlace[]) => layout.map(({ id }) => id);
const layout = defaultLayout(one);

it("shows by default what fits the number of objectives, of each objective its history", () => {
  expect(ids(layout)).toEqual(["best", "history", "importance", "curves", "trials"]);
  const several = ids(defaultLayout(three));
  expect(several.slice(-5)).toEqual(["importance", "history", "history-2", "history-3", "trials"]);
  expect([1, 2, 3, 4].map((number) => firstChoice("history", number, three)?.objective)).toEqual([
    undefined,
    1,
    2,
    undefined,
  ]);
  expect(firstChoice("curves", 2, three)).toEqual({ objective: 1 });
  expect(firstChoice("timeline", 2, three)).toBeUndefined();
});

it("knows a card by its name and its number, and passes over those of another version", () => {
  expect(cardOf("history")).toEqual({ kind: "history", number: 1 });
  expect(cardOf("history-2")).toEqual({ kind: "history", number: 2 });
  expect(cardOf("toString")).toBeNull();
  expect(cardTitle("history-2")).toBe("Optimization History 2");
  const place = (id: string) => ({ id, columns: null, height: null });
  expect(ids(knownCards(["best", "crystal-ball", "curves", "best"].map(place)))).toEqual(["best", "curves"]);
});

it("puts cards in rows, the last of which takes what is left unless its width was chosen", () => {
  const at = (columns: number, cards = layout) =>
    arrange(cards, columns).map(({ row, column, span }) => [row, column, span]);
  expect(at(1)).toEqual([0, 1, 2, 3, 4].map((row) => [row, 0, 1]));
  expect(at(3)).toEqual([
    [0, 0, 1],
    [0, 1, 1],
    [0, 2, 1],
    [1, 0, 3],
    [2, 0, 3],
  ]);
  expect(at(3, resize(layout, "curves", { columns: 1 }))[3]).toEqual([1, 0, 1]);
  expect(at(4)).toEqual([...[0, 1, 2, 3].map((column) => [0, column, 1]), [1, 0, 4]]);
  expect(at(2, [])).toEqual([]);
});

it("adds before the table, removes, and offers again what is missing", () => {
  const added = add(layout, "history");
  expect(added.id).toBe("history-2");
  expect(ids(added.layout)).toEqual(["best", "history", "importance", "curves", "history-2", "trials"]);
  expect(addable(layout)).not.toContain("trials");
  const without = remove(layout, "trials");
  expect(addable(without)).toContain("trials");
  expect(add(without, "trials").layout.at(-1)).toMatchObject({ id: "trials", columns: 4 });
});

it("moves a card along its row, and to the card above or below it", () => {
  const placed = arrange(layout, 2);
  expect(stepOf(placed, "best", "left")).toBe(0);
  expect(stepOf(placed, "best", "right")).toBe(1);
  expect(stepOf(placed, "history", "down")).toBe(3);
  expect(stepOf(placed, "curves", "down")).toBe(4);
  expect(stepOf(placed, "history", "up")).toBe(1);
  expect(ids(moveTo(layout, "best", 2))).toEqual(["history", "importance", "best", "curves", "trials"]);
  expect(moveTo(layout, "gone", 1)).toBe(layout);
});

it("keeps sizes within what the host saves", () => {
  const changed = resize(resize(layout, "curves", { columns: 9 }), "curves", { height: 3.7 });
  expect(v.is(savedLayout, changed)).toBe(true);
  expect(changed[3]).toEqual({ id: "curves", columns: 4, height: 140 });
});
