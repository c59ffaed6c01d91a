import type { ParamValue } from "../engine/distribution.js";
import { InvalidArgumentError } from "../engine/errors.js";

/** `{name}`, or `{name?text}` and `{name?text:other}`, which stand for a text if the parameter is true, and another if it is not. */
interface Placeholder {
  readonly name: string;
  readonly choice: { readonly yes: string; readonly no: string } | undefined;
}

/** An argument, or a shell's whole command: its parts are written one after the other. */
type Argument = readonly (string | Placeholder)[];

/** A command with placeholders. */
export interface CommandLine {
  readonly args: readonly Argument[];
  readonly shell: boolean;
}

const PLACEHOLDER = /\{([^{}?:"'\s]+)(?:\?([^{}:]*)(?::([^{}]*))?)?\}/y;

/**
 * Splits a command at its spaces. Quotes group; a backslash makes a quote, a space, or a backslash ordinary, and is itself ordinary before
 * anything else, as in Windows's paths. `{{` and `}}` are braces.
 * @param command a list is taken as it is, an argument each.
 * @throws InvalidArgumentError for a quote that is not closed, or nothing to run.
 */
export function parseCommand(command: string | readonly string[], shell: boolean): CommandLine {
  if (typeof command !== "string" && shell)
    throw new InvalidArgumentError("command: with shell: true, write the command as one string.");
  const args = typeof command === "string" ? new Splitter(command, shell).split() : command.map(readPlain);
  if (args.length === 0)
    throw new InvalidArgumentError('command: it is empty. Write a program, such as "python train.py".');
  return { args, shell };
}

/** The names in the placeholders, each once. */
export function placeholderNames({ args }: CommandLine): string[] {
  const names = args.flat().flatMap((part) => (typeof part === "string" ? [] : [part.name]));
  return [...new Set(names)];
}

/**
 * The arguments for a trial. One whose parameter has no value, because it belongs to a kind that was not chosen, is left out, with the flag
 * before it; so is one that a choice leaves empty.
 * @param quote makes a value safe where it is written.
 */
export function fillCommand(
  { args }: CommandLine,
  valueOf: (name: string) => ParamValue | undefined,
  quote: (value: string) => string = (value) => value,
): string[] {
  const filled: string[] = [];
  for (const [index, argument] of args.entries()) {
    const names = argument.flatMap((part) => (typeof part === "string" ? [] : [part.name]));
    if (names.some((name) => valueOf(name) === undefined)) {
      if (argument.length === 1 && isFlag(args[index - 1])) filled.pop();
      continue;
    }
    const text = argument.map((part) => (typeof part === "string" ? part : fillPart(part, valueOf, quote))).join("");
    const isLeftOut = text === "" && argument.some((part) => typeof part !== "string" && part.choice);
    if (!isLeftOut) filled.push(text);
  }
  return filled;
}

function fillPart(
  { name, choice }: Placeholder,
  valueOf: (name: string) => ParamValue | undefined,
  quote: (value: string) => string,
): string {
  const value = valueOf(name)!;
  if (choice) return value === true ? choice.yes : choice.no;
  return quote(String(value));
}

function isFlag(argument: Argument | undefined): boolean {
  return argument?.length === 1 && typeof argument[0] === "string" && /^-[^=]+$/.test(argument[0]);
}

/** Reads an argument without quotes of its own. */
function readPlain(text: string): Argument {
  return new Splitter(text, false).readWhole();
}

class Splitter {
  private at = 0;
  private readonly args: (string | Placeholder)[][] = [];
  private parts: (string | Placeholder)[] | undefined;
  private quote: string | undefined;

  constructor(
    private readonly text: string,
    /** The shell splits and unquotes itself. */
    private readonly shell: boolean,
  ) {}

  split(): Argument[] {
    while (this.at < this.text.length) this.readNext();
    if (this.quote !== undefined)
      throw new InvalidArgumentError(`command: the quote ${this.quote} is not closed in ${this.text}`);
    this.endArgument();
    return this.args;
  }

  readWhole(): Argument {
    this.parts = [];
    while (this.at < this.text.length) this.readBraces();
    return this.parts;
  }

  private readNext(): void {
    const character = this.text[this.at]!;
    if (this.shell) this.readForShell(character);
    else if (this.quote === undefined && /\s/.test(character)) {
      this.at++;
      this.endArgument();
    } else if (character === this.quote || (this.quote === undefined && /["']/.test(character)))
      this.turnQuote(character);
    else if (character === "\\" && this.quote !== "'" && /["'\\\s]/.test(this.text[this.at + 1] ?? "")) {
      this.add(this.text[this.at + 1]!);
      this.at += 2;
    } else this.readBraces();
  }

  private readForShell(character: string): void {
    if (character === this.quote) this.quote = undefined;
    else if (this.quote === undefined && /["']/.test(character)) this.quote = character;
    const before = this.parts?.length ?? 0;
    this.readBraces();
    if (this.quote !== undefined && (this.parts?.length ?? 0) > before && typeof this.parts?.at(-1) !== "string")
      throw new InvalidArgumentError(
        `command: with shell: true, values are quoted for the shell. Write the placeholder without quotes around it in ${this.text}`,
      );
  }

  private turnQuote(character: string): void {
    this.at++;
    this.quote = this.quote === undefined ? character : undefined;
    // Two quotes with nothing between them are an argument.
    this.add("");
  }

  /** A placeholder, a doubled brace, or any other character. */
  private readBraces(): void {
    const two = this.text.slice(this.at, this.at + 2);
    PLACEHOLDER.lastIndex = this.at;
    const match = two === "{{" ? null : PLACEHOLDER.exec(this.text);
    if (match) {
      const [whole, name, yes, no = ""] = match;
      (this.parts ??= []).push({ name: name!, choice: yes === undefined ? undefined : { yes, no } });
      this.at += whole.length;
      return;
    }
    this.add(this.text[this.at]!);
    this.at += two === "{{" || two === "}}" ? 2 : 1;
  }

  private add(text: string): void {
    this.parts ??= [];
    const last = this.parts.at(-1);
    if (typeof last === "string") this.parts[this.parts.length - 1] = last + text;
    else if (text !== "" || this.parts.length === 0) this.parts.push(text);
  }

  private endArgument(): void {
    if (this.parts) this.args.push(this.parts);
    this.parts = undefined;
  }
}

/** How a shell reads a value as one word, whatever it holds. @throws InvalidArgumentError for what `cmd` cannot be told. */
export function quoteForShell(value: string): string {
  if (/^[\w.:/@%+=,-]+$/.test(value) && process.platform !== "win32") return value;
  if (process.platform !== "win32") return `'${value.replaceAll("'", String.raw`'\''`)}'`;
  if (/^[\w.:/@+=,\\ -]*$/.test(value)) return /[ ,=]/.test(value) ? `"${value}"` : value;
  throw new InvalidArgumentError(
    `command: Windows's shell cannot be given ${JSON.stringify(value)} safely. Leave out shell: true.`,
  );
}

/** A command as people write it, for messages. */
export function displayCommand(args: readonly string[]): string {
  const text = args.map((arg) => (/^[\w.:/@%+=,\\-]+$/.test(arg) ? arg : JSON.stringify(arg))).join(" ");
  return text.length > LONGEST_DISPLAY ? `${text.slice(0, LONGEST_DISPLAY)}…` : text;
}

const LONGEST_DISPLAY = 200;
