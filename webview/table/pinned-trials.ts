import type { TrialPage, TrialQuery, TrialSelection, TrialSummary } from "../../src/protocol/inspector.js";
import { joinClauses } from "../../src/query/clauses.js";
import { selectionFilter, selectionOf } from "./selection.js";

/** They take rows from the others. */
export const MAX_PINNED = 10;

/** With trials pinned that were not or, if all of them were, without them. */
export function togglePins(pinned: readonly number[], trials: readonly number[]): number[] {
  const others = pinned.filter((trial) => !trials.includes(trial));
  return trials.every((trial) => pinned.includes(trial)) ? others : [...others, ...trials];
}

export interface PinnedTrial {
  readonly trial: TrialSummary;
  /** A filter does not hide a pinned trial. */
  readonly matchesFilter: boolean;
}

/** The rows of the trials that the user has pinned, in the table's order. Earlier rows stay until the new ones are there. */
export class PinnedTrials {
  /** Those that the study has. */
  rows: readonly PinnedTrial[] = [];
  /** Answers to earlier questions are dropped. */
  private question = 0;

  constructor(
    private readonly fetch: (query: TrialQuery) => Promise<TrialPage>,
    private readonly onUpdate: () => void,
  ) {}

  async ask(pinned: readonly number[], selection: TrialSelection): Promise<void> {
    const question = ++this.question;
    try {
      const rows = pinned.length === 0 ? [] : await this.rowsOf(pinned, selection);
      if (question !== this.question) return;
      this.rows = rows;
      this.onUpdate();
    } catch {
      // The table says why trials cannot be had.
    }
  }

  private async rowsOf(pinned: readonly number[], { filter, ...selection }: TrialSelection): Promise<PinnedTrial[]> {
    const own = selectionFilter(selectionOf(pinned), []);
    const query = async (...clauses: string[]) =>
      (await this.fetch({ ...selection, offset: 0, limit: MAX_PINNED, filter: joinClauses(clauses) })).rows;
    const [all, matching] = await Promise.all([query(own), filter === undefined ? null : query(filter, own)]);
    const numbers = new Set((matching ?? all).map(({ number }) => number));
    return all.map((trial) => ({ trial, matchesFilter: numbers.has(trial.number) }));
  }
}
