import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import { shortened, visibleLine, visibleLines } from "../format/visible-text.js";

/**
 * The one door to the terminal. A terminal obeys what is in the text it prints: escapes clear it, set its title, write to the clipboard. So
 * what a database, a study file or an error message holds is printed visibly; ESLint forbids the ways around. What the user's own program
 * prints stays the user's.
 */

const NAME_LENGTH = 200;
/** The one style of ours. */
const BOLD = /(\u001B\[(?:1|22)m)/;

/** A name or a value in a line of ours, as one line. */
export function shown(text: string): string {
  return shortened(visibleLine(shortened(text, NAME_LENGTH)), NAME_LENGTH);
}

/** Lines for people, without anything that a terminal obeys. */
export function terminalText(text: string): string {
  return visibleLines(text);
}

export function strong(text: string): string {
  return styleText("bold", terminalText(text));
}

/** To standard output. What is `strong` stays so. */
export function print(text: string): void {
  const parts = text.split(BOLD).map((part, i) => (i % 2 === 1 ? part : terminalText(part)));
  process.stdout.write(parts.join(""));
}

/** To standard error. */
export function printError(text: string): void {
  process.stderr.write(terminalText(text));
}

/** To standard output, for a file or a program that reads it: exactly as it is, unless a terminal does. */
export function printData(text: string): void {
  process.stdout.write(process.stdout.isTTY ? terminalText(text) : text);
}

/** Asks on standard error; undefined if nobody can answer. */
export async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(terminalText(question));
  prompt.close();
  return answer;
}

/** Where what a run does is shown, with the output of the user's program between. */
export const streams = { stdout: process.stdout, stderr: process.stderr } as const;

/** The reader of the output has closed it, as `head` does. */
export function endWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(1);
  });
}
