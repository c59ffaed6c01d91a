import { StringDecoder } from "node:string_decoder";

const LONGEST_LINE = 65_536;

/** Cuts a stream of bytes into lines. Of a line that was drawn over, such as a progress bar, it is what was drawn last. */
export class LineReader {
  private readonly decoder = new StringDecoder("utf8");
  private rest = "";

  /** @param longest of a longer line, only so many characters at its end are told. */
  constructor(
    private readonly onLine: (line: string) => void,
    private readonly longest = LONGEST_LINE,
  ) {}

  feed(bytes: Buffer): void {
    const lines = (this.rest + this.decoder.write(bytes)).split("\n");
    this.rest = lines.pop()!.slice(-this.longest);
    for (const line of lines) this.tell(line);
  }

  /** What has no line end after it is a line too. */
  end(): void {
    if (this.rest !== "") this.tell(this.rest);
    this.rest = "";
  }

  private tell(line: string): void {
    this.onLine(line.slice(-this.longest).replace(/\r$/, "").split("\r").at(-1)!);
  }
}
