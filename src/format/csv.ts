/** A cell of a CSV file. A text may be foreign. */
export type CsvCell = string | number | boolean | null;

interface CsvOptions {
  /** Texts as they are, even those that a spreadsheet would compute. */
  readonly raw?: boolean;
  /** A tab for what is pasted into a spreadsheet. */
  readonly separator?: "," | "\t";
}

/** A line of a CSV file (RFC 4180). */
export function csvLine(cells: readonly CsvCell[], { raw = false, separator = "," }: CsvOptions = {}): string {
  return `${cells.map((cell) => csvCell(cell, raw, quoted[separator])).join(separator)}\r\n`;
}

const quoted = { ",": /[",\r\n]/, "\t": /["\t\r\n]/ };

/** @param special finds what must be quoted. */
function csvCell(cell: CsvCell, raw: boolean, special: RegExp): string {
  if (cell === null) return "";
  const text = !raw && typeof cell === "string" && isFormula(cell) ? `'${cell}` : String(cell);
  return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What a spreadsheet would compute, and a formula can call other programs. A text that is a number is none. */
function isFormula(text: string): boolean {
  return /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) && !(/^[+-]/.test(text) && Number.isFinite(Number(text)));
}
