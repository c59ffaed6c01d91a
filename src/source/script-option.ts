import type { SyntaxNode } from "@lezer/common";

/** A literal in a script; null: none, or an expression that only running it would tell. */
export type Literal = number | string | boolean | null;

/** A number, a choice, or a switch that a script reads. */
export interface ScriptOption {
  /** As it is written on the command line: `--batch-size`, or Hydra's `optimizer.lr`. */
  readonly flag: string;
  /** What stands between the flag and its value; a switch has one where `=` does. `none`: the script reads the parameter of this name itself. */
  readonly joint: " " | "=" | "none";
  /** For a switch that has a second flag to turn it off. */
  readonly offFlag: string | null;
  /** `switch`: without a value. */
  readonly type: "float" | "int" | "text" | "switch";
  readonly default: Literal;
  readonly choices: readonly (number | string)[] | null;
  /** Offset in the text. */
  readonly start: number;
  /** The subcommand that has it. */
  readonly command?: string | null;
}

export function literalOf(text: string, node: SyntaxNode | null | undefined): Literal {
  const written = node ? text.slice(node.from, node.to).trim() : "";
  if (/^(?:True|true)$/.test(written)) return true;
  if (/^(?:False|false)$/.test(written)) return false;
  const string = node?.name === "String" ? /^(["'])([^"'\\]*)\1$/.exec(written)?.[2] : undefined;
  if (string !== undefined) return string;
  const number = /^[-+]?[\d._]+(?:e[-+]?\d+)?$/i.test(written) ? Number(written.replaceAll("_", "")) : NaN;
  return Number.isFinite(number) ? number : null;
}

/** The type of an option from how its type is written, if it is, and its default. */
export function typeOf(written: string, value: Literal): ScriptOption["type"] {
  if (/float/i.test(written)) return "float";
  if (/int/i.test(written)) return "int";
  if (written !== "" || typeof value !== "number") return "text";
  return Number.isInteger(value) ? "int" : "float";
}
