import type { FeatureAxis } from "./feature-axis.js";

/** Up to so many columns, the prediction is written down for every combination of them. */
const MAX_TABLE_COLUMNS = 16;

/**
 * A categorical feature, one 0-1 column for each choice the tree splits on. The average prediction is a sum of terms
 * a(T) · [all columns of the set T are 0]: a leaf that excludes the choices S adds one for T = S, and one that also takes
 * the choice c adds one for S and takes one for S ∪ {c} away. With few columns, all 2^columns predictions follow from the
 * terms in columns · 2^columns additions; with many, the variance comes from the terms, two by two:
 * Σ a(T) a(U) (2^−|T ∪ U| − 2^−(|T| + |U|)).
 */
export class ChoiceAxis implements FeatureAxis {
  private readonly columns: ReadonlyMap<number, number>;
  private readonly terms: TermTable | TermList;
  /** The columns that are 0 where the walk is, and the one that is 1. */
  private readonly zeros: number[] = [];
  private one: number | undefined;

  constructor(choices: readonly number[]) {
    this.columns = new Map([...new Set(choices)].map((choice, column) => [choice, column]));
    this.terms =
      this.columns.size <= MAX_TABLE_COLUMNS ? new TermTable(this.columns.size) : new TermList(this.columns.size);
  }

  narrow(choice: number, right: boolean): number {
    const column = this.columns.get(choice)!;
    // After a 1 all others are constant in the data, so that the tree splits no more.
    if (right) this.one = column;
    else this.zeros.push(column);
    return 0.5;
  }

  widen(): void {
    if (this.one !== undefined) this.one = undefined;
    else this.zeros.pop();
  }

  add(value: number, share: number): void {
    const { zeros, one, terms } = this;
    if (zeros.length === 0 && one === undefined) return;
    const shareOfOthers = share * 2 ** (zeros.length + (one === undefined ? 0 : 1));
    terms.add(zeros, value * shareOfOthers);
    if (one !== undefined) terms.add([...zeros, one], -value * shareOfOthers);
  }

  variance(): number {
    return this.terms.variance();
  }
}

/** The terms by set of columns, a set being the number whose bits are its columns. */
class TermTable {
  private readonly terms: Float64Array;

  constructor(private readonly columns: number) {
    this.terms = new Float64Array(2 ** columns);
  }

  add(zeros: readonly number[], factor: number): void {
    this.terms[zeros.reduce((set, column) => set | (1 << column), 0)]! += factor;
  }

  variance(): number {
    // Where the columns of a set are 0, the terms of all its subsets hold; sum them column by column.
    const predictions = this.terms.slice();
    for (let column = 0; column < this.columns; column++) {
      const bit = 1 << column;
      for (let set = 0; set < predictions.length; set++) if (set & bit) predictions[set]! += predictions[set ^ bit]!;
    }
    const mean = predictions.reduce((sum, p) => sum + p, 0) / predictions.length;
    return predictions.reduce((sum, p) => sum + (p - mean) ** 2, 0) / predictions.length;
  }
}

/** The terms that occur, a set being so many words of 32 bits. */
class TermList {
  private readonly wordCount: number;
  private readonly terms = new Map<string, { words: Int32Array; size: number; factor: number }>();

  constructor(columns: number) {
    this.wordCount = Math.ceil(columns / 32);
  }

  add(zeros: readonly number[], factor: number): void {
    const words = new Int32Array(this.wordCount);
    for (const column of zeros) words[column >> 5]! |= 1 << (column & 31);
    const key = words.join();
    const term = this.terms.get(key);
    if (term === undefined) this.terms.set(key, { words, size: zeros.length, factor });
    else term.factor += factor;
  }

  variance(): number {
    const terms = [...this.terms.values()];
    const { wordCount } = this;
    const sets = new Int32Array(terms.length * wordCount);
    for (const [i, { words }] of terms.entries()) sets.set(words, i * wordCount);
    const scaled = Float64Array.from(terms, ({ size, factor }) => factor * 2 ** -size);
    // 2^−|T ∪ U| − 2^−(|T| + |U|) = 2^−|T| · 2^−|U| · (2^|T ∩ U| − 1)
    const excess = Float64Array.from({ length: 32 * wordCount + 1 }, (_, common) => 2 ** common - 1);
    let variance = 0;
    for (let i = 0; i < terms.length; i++) {
      let others = 0;
      for (let j = 0; j < i; j++)
        others += scaled[j]! * excess[commonCount(sets, i * wordCount, j * wordCount, wordCount)]!;
      variance += scaled[i]! * (2 * others + scaled[i]! * excess[terms[i]!.size]!);
    }
    return Math.max(variance, 0);
  }
}

/** How many columns two sets have in common. */
function commonCount(sets: Int32Array, a: number, b: number, wordCount: number): number {
  let count = 0;
  for (let word = 0; word < wordCount; word++) count += bitCount(sets[a + word]! & sets[b + word]!);
  return count;
}

/** The bits of a 32-bit word that are 1, added up in parallel. */
function bitCount(word: number): number {
  let sums = word - ((word >>> 1) & 0x55555555);
  sums = (sums & 0x33333333) + ((sums >>> 2) & 0x33333333);
  return Math.imul((sums + (sums >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
