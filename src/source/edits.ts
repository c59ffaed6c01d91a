interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Changes to a text, each by the places of the text as it was. */
export class Edits {
  private readonly all: Edit[] = [];

  constructor(private readonly text: string) {}

  replace(from: number, to: number, text: string): void {
    this.all.push({ from, to, text });
  }

  /** Takes out an entry of a list with the comma that belongs to it, and with its line where it has one to itself. */
  removeEntry({ from, to }: { readonly from: number; readonly to: number }): void {
    const after = /^\s*,/.exec(this.text.slice(to));
    const before = /,\s*$/.exec(this.text.slice(0, from));
    if (after) this.removeLines(from, to + after[0].length);
    else this.replace(from - (before?.[0].length ?? 0), to, "");
  }

  /** Takes out a range; the whole lines where it fills them, else the space that follows. */
  removeLines(from: number, to: number): void {
    const indent = /(?:^|\n)[ \t]*$/.exec(this.text.slice(0, from));
    const rest = /^[ \t]*(?:\r?\n|$)/.exec(this.text.slice(to));
    if (indent && rest) this.replace(from - indent[0].replace("\n", "").length, to + rest[0].length, "");
    else this.replace(from, to + /^[ \t]*/.exec(this.text.slice(to))![0].length, "");
  }

  /** The text with all changes; one inside another is dropped. */
  apply(): string {
    const inserts = ({ from, to }: Edit) => from === to;
    const ordered = this.all.toSorted(
      (a, b) => a.from - b.from || Number(inserts(b)) - Number(inserts(a)) || b.to - a.to,
    );
    let result = "";
    let at = 0;
    for (const { from, to, text } of ordered) {
      if (from < at) continue;
      result += this.text.slice(at, from) + text;
      at = to;
    }
    return result + this.text.slice(at);
  }
}
