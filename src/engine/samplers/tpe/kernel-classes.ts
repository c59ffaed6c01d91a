/**
 * Numbers the different kernels of each stepped parameter: of thousands of observations most share mean and width, and what
 * is computed for one holds for all of its class.
 */
export class KernelClasses {
  /** Per stepped column. */
  readonly counts: Int32Array;
  /** Row by row, a class per stepped column. */
  ofRow = new Int32Array(0);
  /** The most classes of a column just after all were assigned anew. */
  private firstCounts = 0;
  private readonly numbers: readonly Map<number, Map<number, number>>[];

  constructor(readonly columns: number) {
    this.counts = new Int32Array(columns);
    this.numbers = Array.from({ length: columns }, () => new Map<number, Map<number, number>>());
  }

  grow(rows: number): void {
    const ofRow = new Int32Array(rows * this.columns);
    ofRow.set(this.ofRow);
    this.ofRow = ofRow;
  }

  /** Whether so many classes have gone out of use that a new start is worth it. */
  get isLittered(): boolean {
    return this.counts.some((count) => count > 2 * this.firstCounts + 256);
  }

  /** Assigns all classes anew. */
  renew(assignAll: () => void): void {
    this.counts.fill(0);
    for (const numbers of this.numbers) numbers.clear();
    assignAll();
    this.firstCounts = Math.max(0, ...this.counts);
  }

  assign(row: number, column: number, mu: number, inverseSigma: number): void {
    const numbers = this.numbers[column]!;
    let byWidth = numbers.get(mu);
    if (byWidth === undefined) numbers.set(mu, (byWidth = new Map<number, number>()));
    let number = byWidth.get(inverseSigma);
    if (number === undefined) byWidth.set(inverseSigma, (number = this.counts[column]!++));
    this.ofRow[row * this.columns + column] = number;
  }
}
