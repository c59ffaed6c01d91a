import type { TrialPage, TrialQuery, TrialSelection, TrialSummary } from "../../src/protocol/inspector.js";

const PAGE_ROWS = 100;
/** More calls at once would only wait for each other in the inspector. */
const MAX_CALLS = 2;
/** Pages far from what is seen are let go beyond this. */
const MAX_PAGES = 40;

interface Page {
  rows: readonly TrialSummary[];
  stale: boolean;
}

/**
 * The rows of one query, asked for by page as they come into sight. A stale page stays visible until its new rows are there, so a table
 * that changes while it is read does not flicker.
 */
export class TrialPages {
  /** How many rows the query has in all; null until the first answer. */
  total: number | null = null;
  /** Why the last page could not be had. Nothing more is asked for until trials or the order change. */
  error: unknown = null;
  private pages = new Map<number, Page>();
  private order: TrialSelection = {};
  /** Answers to an earlier order are dropped. */
  private generation = 0;
  /** How often trials changed: an answer to a question from before the last change is stale. */
  private changes = 0;
  private calls = new Set<number>();
  private wanted: readonly [first: number, last: number] = [0, 0];

  constructor(
    private readonly fetch: (query: TrialQuery) => Promise<TrialPage>,
    private readonly onUpdate: () => void,
  ) {}

  /** Starts over in another order. */
  reorder(order: TrialSelection): void {
    this.order = order;
    this.error = null;
    this.generation += 1;
    this.pages.clear();
    this.calls.clear();
    this.fill();
  }

  /** Trials changed: what is in sight is asked for again. */
  invalidate(): void {
    this.changes += 1;
    this.error = null;
    for (const page of this.pages.values()) page.stale = true;
    this.fill();
  }

  row(index: number): TrialSummary | undefined {
    return this.pages.get(Math.floor(index / PAGE_ROWS))?.rows[index % PAGE_ROWS];
  }

  /** Those of the trials that are here. */
  trials(matches: (number: number) => boolean): readonly TrialSummary[] {
    return [...this.pages.values()].flatMap(({ rows }) => rows.filter(({ number }) => matches(number)));
  }

  /** Says which rows are in sight. */
  show(first: number, last: number): void {
    this.wanted = [first, last];
    this.fill();
  }

  private fill(): void {
    if (this.error !== null) return;
    const [first, last] = this.wanted;
    const firstPage = Math.floor(first / PAGE_ROWS);
    const lastPage = Math.floor(Math.max(first, last) / PAGE_ROWS);
    for (let page = firstPage; page <= lastPage && this.calls.size < MAX_CALLS; page++) {
      const known = this.pages.get(page);
      const exists = this.total === null ? page === firstPage : page * PAGE_ROWS < this.total || page === 0;
      if (exists && !this.calls.has(page) && (known === undefined || known.stale)) void this.ask(page);
    }
  }

  private async ask(page: number): Promise<void> {
    const generation = this.generation;
    const changes = this.changes;
    this.calls.add(page);
    try {
      const answer = await this.fetch({ offset: page * PAGE_ROWS, limit: PAGE_ROWS, ...this.order });
      if (generation !== this.generation) return;
      this.take(page, answer, changes !== this.changes);
    } catch (error) {
      if (generation !== this.generation) return;
      this.error = error;
    }
    this.calls.delete(page);
    this.onUpdate();
    this.fill();
  }

  private take(page: number, { rows, total }: TrialPage, stale: boolean): void {
    this.total = total;
    this.pages.set(page, { rows, stale });
    if (this.pages.size <= MAX_PAGES) return;
    const middle = (this.wanted[0] + this.wanted[1]) / 2 / PAGE_ROWS;
    const farthest = [...this.pages.keys()].reduce((a, b) => (Math.abs(b - middle) > Math.abs(a - middle) ? b : a));
    this.pages.delete(farthest);
  }
}
