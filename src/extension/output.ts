import * as vscode from "vscode";
import type { LogLine } from "../protocol/trainer.js";
import { visibleLine, visibleLines } from "../format/visible-text.js";
import type { WireError } from "../protocol/wire.js";

const LONGEST_LINE = 65_536;

/** Two channels: the output of studies, with a line per trial as in a terminal, and the log of the extension itself. */
export class Output {
  /** The column of the user's last line. */
  private column = 0;
  private readonly studies = vscode.window.createOutputChannel("Tunelens Studies");
  private readonly log = vscode.window.createOutputChannel("Tunelens", { log: true });

  /** Output of the user's `console`. An endless line is split: VS Code would take forever to lay it out. */
  print(text: string): void {
    for (const piece of text.match(/[^\n]*\n|[^\n]+/g) ?? []) {
      this.studies.append(this.column + piece.length > LONGEST_LINE ? `\n${piece}` : piece);
      this.column = piece.endsWith("\n") ? 0 : (this.column + piece.length) % LONGEST_LINE;
    }
  }

  line(text: string): void {
    this.studies.appendLine(visibleLine(text));
  }

  trainerLog({ level, message }: LogLine): void {
    const shown = visibleLines(message);
    this.studies.appendLine(shown);
    this.log[level](shown);
  }

  info(message: string): void {
    this.log.info(visibleLines(message));
  }

  error(context: string, { code, message, stack }: WireError): void {
    this.log.error(visibleLines(`${context} [${code}] ${message}${stack ? `\n${stack}` : ""}`));
  }

  show(): void {
    this.studies.show(true);
  }

  dispose(): void {
    this.studies.dispose();
    this.log.dispose();
  }
}
