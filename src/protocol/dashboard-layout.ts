/** Studies share the layout of their dashboards with others of their kind. */
export type StudyKind = "one-objective" | "several-objectives";

export const studyKinds: readonly StudyKind[] = ["one-objective", "several-objectives"];

/** A card of the dashboard, in the order in which cards are read. */
export interface CardPlace {
  /** `best`, `trials`, or a chart; a further card of the same chart has a number: `history-2`. */
  readonly id: string;
  /** How many columns of the page it takes where the page has as many; null: what its row has left. */
  readonly columns: number | null;
  /** In pixels; null: as its content needs. */
  readonly height: number | null;
}

/** What the user made of each kind's dashboard. A kind that is missing has the default. */
export type DashboardLayouts = Partial<Readonly<Record<StudyKind, readonly CardPlace[]>>>;

export const MAX_COLUMNS = 4;
export const MIN_HEIGHT = 140;
export const MAX_HEIGHT = 2_000;
