/**
 * Numbers the different kernels of one stepped parameter: of thousands of observations most share mean and width, and what
 * is computed for one holds for all of its class.
 */
export class KernelClasses {
  count = 0;
  private ofRow = new Int32Array(0);
  private readonly numbers = new Map<number, Map<number, number>>();

  grow(rows: number): void {
    const ofRow = new Int32Array(rows);
    ofRow.set(this.ofRow);
    this.ofRow = ofRow;
  }

  assign(row: number, mu: number, inverseSigma: number): void {
    let byWidth = this.numbers.get(mu);
    if (byWidth === undefined) this.numbers.set(mu, (byWidth = new Map<number, number>()));
    let number = byWidth.get(inverseSigma);
    if (number === undefined) byWidth.set(inverseSigma, (number = this.count++));
    this.ofRow[row] = number;
  }

  of(row: number): number {
    return this.ofRow[row]!;
  }
}
