import { type ChartName, chartNames, type ChartOptions, chartOptions } from "../../src/protocol/charts.js";
import {
  type CardPlace,
  MAX_COLUMNS,
  MAX_HEIGHT,
  MIN_HEIGHT,
  type StudyKind,
} from "../../src/protocol/dashboard-layout.js";
import type { StudySummary } from "../../src/protocol/inspector.js";
import { charts } from "../charts/charts.js";

/** What a card shows. */
export type CardKind = "best" | "trials" | ChartName;

/** How much taller or shorter a step makes a card, in pixels. */
const HEIGHT_STEP = 40;

/** Of how many objectives the history is shown by default. */
const MAX_HISTORIES = 3;

type Study = Pick<StudySummary, "directions">;

export function kindOf({ directions }: Study): StudyKind {
  return directions.length > 1 ? "several-objectives" : "one-objective";
}

const place = (id: string, columns: number | null = null): CardPlace => ({ id, columns, height: null });

export function defaultLayout({ directions }: Study): readonly CardPlace[] {
  const trials = place("trials", MAX_COLUMNS);
  if (directions.length === 1) return [place("best"), place("history"), place("importance"), place("curves"), trials];
  const histories = directions.slice(0, MAX_HISTORIES).map((_, i) => place(numbered("history", i + 1)));
  const front = isChart("pareto-front") ? [place("pareto-front")] : [];
  return [...front, place("importance"), ...histories, trials];
}

/** What a card shows, and whether it is the first, the second … that does; null for a card of another version. */
export function cardOf(id: string): { readonly kind: CardKind; readonly number: number } | null {
  const [, name, number] = /^(.*?)(?:-(\d+))?$/.exec(id)!;
  const isKnown = name === "best" || name === "trials" || isChart(name!);
  return isKnown ? { kind: name, number: Number(number ?? 1) } : null;
}

/** The cards of a layout that this version has, each once. */
export function knownCards(layout: readonly CardPlace[]): readonly CardPlace[] {
  return layout.filter(({ id }, i) => cardOf(id) !== null && layout.findIndex((other) => other.id === id) === i);
}

export function cardTitle(id: string): string {
  const { kind, number } = cardOf(id)!;
  const title = kind === "best" ? "Best Trial" : kind === "trials" ? "Trials" : charts[kind].title;
  return number === 1 ? title : `${title} ${number}`;
}

/** The second card of a chart of one objective begins with the second objective, and so on. */
export function firstChoice(
  name: ChartName,
  number: number,
  { directions }: Study,
): Pick<ChartOptions, "objective"> | undefined {
  const isOfObjective = (chartOptions[name] as readonly string[]).includes("objective");
  return isOfObjective && number > 1 && number <= directions.length ? { objective: number - 1 } : undefined;
}

/** What can be added: a chart any number of times, the other cards where they are missing. */
export function addable(layout: readonly CardPlace[]): readonly CardKind[] {
  const others = (["best", "trials"] as const).filter((kind) => !layout.some(({ id }) => id === kind));
  return [...others, ...chartNames];
}

/** @param before where it goes: before the table, which is last as a rule. */
export function add(layout: readonly CardPlace[], kind: CardKind): { layout: readonly CardPlace[]; id: string } {
  const isTaken = (id: string) => layout.some((card) => card.id === id);
  let number = 1;
  while (isTaken(numbered(kind, number))) number++;
  const id = numbered(kind, number);
  const card = place(id, kind === "trials" ? MAX_COLUMNS : null);
  const end = layout.at(-1)?.id === "trials" ? layout.length - 1 : layout.length;
  return { layout: layout.toSpliced(end, 0, card), id };
}

export function remove(layout: readonly CardPlace[], id: string): readonly CardPlace[] {
  return layout.filter((card) => card.id !== id);
}

/** @param to its position afterward, from 0. */
export function moveTo(layout: readonly CardPlace[], id: string, to: number): readonly CardPlace[] {
  const from = layout.findIndex((card) => card.id === id);
  const card = layout[from];
  if (card === undefined) return layout;
  const others = layout.toSpliced(from, 1);
  return others.toSpliced(Math.max(0, Math.min(to, others.length)), 0, card);
}

export function resize(
  layout: readonly CardPlace[],
  id: string,
  size: Partial<Pick<CardPlace, "columns" | "height">>,
): readonly CardPlace[] {
  const { columns, height } = size;
  const allowed = {
    ...(columns == null ? {} : { columns: clamp(columns, 1, MAX_COLUMNS) }),
    ...(height == null ? {} : { height: clamp(Math.round(height), MIN_HEIGHT, MAX_HEIGHT) }),
  };
  return layout.map((card) => (card.id === id ? { ...card, ...allowed } : card));
}

/** Where a card stands on a page of some columns. */
export interface PlacedCard extends CardPlace {
  /** From 0. */
  readonly row: number;
  readonly column: number;
  readonly span: number;
}

/** Row by row; the last card of a row takes what is left of it unless the user has chosen its width. */
export function arrange(layout: readonly CardPlace[], columns: number): readonly PlacedCard[] {
  const placed: PlacedCard[] = [];
  let [row, column] = [0, 0];
  const fillRow = () => {
    const last = placed.at(-1);
    if (last?.columns === null && last.row === row)
      placed[placed.length - 1] = { ...last, span: columns - last.column };
  };
  for (const card of layout) {
    const span = Math.min(card.columns ?? 1, columns);
    if (column + span > columns) {
      fillRow();
      [row, column] = [row + 1, 0];
    }
    placed.push({ ...card, row, column, span });
    column += span;
  }
  fillRow();
  return placed;
}

export type CardMove = "left" | "right" | "up" | "down";

/** A card's position after a step on the page: along its row, or to the card above or below. */
export function stepOf(placed: readonly PlacedCard[], id: string, move: CardMove): number {
  const at = placed.findIndex((card) => card.id === id);
  const { row, column } = placed[at]!;
  if (move === "left" || move === "right") return clamp(at + (move === "left" ? -1 : 1), 0, placed.length - 1);
  const neighbors = placed.filter((card) => card.row === row + (move === "up" ? -1 : 1));
  const neighbor = neighbors.findLast((card) => card.column <= column) ?? neighbors[0];
  return neighbor === undefined ? at : placed.indexOf(neighbor);
}

export function taller(height: number, isTaller: boolean): number {
  return height + (isTaller ? HEIGHT_STEP : -HEIGHT_STEP);
}

function numbered(kind: CardKind, number: number): string {
  return number === 1 ? kind : `${kind}-${number}`;
}

function isChart(name: string): name is ChartName {
  return (chartNames as readonly string[]).includes(name);
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}
