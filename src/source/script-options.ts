import type { SyntaxNode } from "@lezer/common";
import { mayHaveOptions, type ScriptLanguage } from "./script-file.js";
import { childrenOf, declarators, parse, propertiesOf, splitAt, unwrap } from "./syntax.js";

/** A literal in a script; null: none, or an expression that only running it would tell. */
type Literal = number | string | boolean | null;

/** A command-line option that a script reads. */
export interface ScriptOption {
  /** As it is written on the command line: `--batch-size`. */
  readonly flag: string;
  /** For a switch that has a second flag to turn it off. */
  readonly offFlag: string | null;
  /** `switch`: without a value. */
  readonly type: "float" | "int" | "text" | "switch";
  readonly default: Literal;
  readonly choices: readonly (number | string)[] | null;
  /** Offset in the text. */
  readonly start: number;
}

/**
 * The options that a script declares by Python's `argparse` or `click`, or Node.js's `util.parseArgs`, in the order of the text. Nothing runs.
 * @throws UnreadableSourceError
 */
export function readScriptOptions(text: string, language: ScriptLanguage): ScriptOption[] {
  if (!mayHaveOptions(text, language)) return [];
  const reader = new OptionReader(text);
  const root = parse(text, language === "python" ? "python" : "js");
  const found: (ScriptOption | undefined)[] = [];
  const declared = language === "javascript" ? reader.declaredObjects(root) : new Map<string, SyntaxNode>();
  root.cursor().iterate((ref) => {
    if (language === "python" && (ref.name === "CallExpression" || ref.name === "Decorator"))
      found.push(reader.readPython(ref.node));
    if (language === "javascript" && ref.name === "CallExpression") found.push(...reader.readNode(ref.node, declared));
  });
  return found.filter((option) => option !== undefined);
}

const FLAG = /^--?[A-Za-z\d][\w-]*$/;

class OptionReader {
  constructor(private readonly text: string) {}

  /** `parser.add_argument("--lr", type=float, default=0.1)`, `@click.option("--lr", default=0.1)` */
  readPython(call: SyntaxNode): ScriptOption | undefined {
    const list = call.getChild("ArgList");
    const callee = this.text.slice(call.from, list?.from ?? call.from);
    if (!list || !/(?:\.add_argument|^@(?:\w+\.)*option)\s*$/.test(callee)) return undefined;
    const args = splitAt(childrenOf(list).slice(1, -1), ",").filter((part) => !part[0]?.name.endsWith("Comment"));
    const named = new Map<string, SyntaxNode>();
    const flags: string[] = [];
    for (const parts of args) {
      const [first, equals, value] = parts;
      if (equals?.name === "AssignOp" && value) named.set(this.textOf(first), value);
      else if (first?.name === "String") flags.push(String(this.literal(first)));
    }
    const written = flags.find((flag) => flag.startsWith("--")) ?? flags.find((flag) => flag.startsWith("-"));
    const [flag, off = null] = (written?.split("/") ?? [""]) as [string, string?];
    if (!FLAG.test(flag) || (off !== null && !FLAG.test(off))) return undefined;
    return { flag, start: call.from, ...this.pythonType(named, flag, off) };
  }

  private pythonType(
    named: ReadonlyMap<string, SyntaxNode>,
    flag: string,
    off: string | null,
  ): Omit<ScriptOption, "flag" | "start"> {
    const typed = this.textOf(named.get("type"));
    const action = this.textOf(named.get("action")).replaceAll(/["']/g, "");
    const value = this.literal(named.get("default"));
    const choices = this.list(named.get("choices") ?? this.choiceType(named.get("type")));
    const both = off ?? (action.endsWith("BooleanOptionalAction") ? flag.replace(/^--/, "--no-") : null);
    const isSwitch = both !== null || action === "store_true" || action === "store_false" || named.has("is_flag");
    if (isSwitch) return { offFlag: both, type: "switch", default: both === null ? false : value, choices: null };
    return { offFlag: null, type: typeOf(typed, value), default: value, choices };
  }

  /** `click.Choice(["a", "b"])` */
  private choiceType(node: SyntaxNode | undefined): SyntaxNode | undefined {
    const isChoice = node?.name === "CallExpression" && /\bChoice$/.test(this.textOf(node.firstChild));
    return (isChoice && node.getChild("ArgList")?.getChild("ArrayExpression")) || undefined;
  }

  /** The objects that names are set to. */
  declaredObjects(root: SyntaxNode): Map<string, SyntaxNode> {
    const objects = new Map<string, SyntaxNode>();
    for (const statement of childrenOf(root))
      for (const { target, value } of declarators(statement)) {
        const object = unwrap(value);
        if (object?.name === "ObjectExpression") objects.set(this.textOf(target), object);
      }
    return objects;
  }

  /** `parseArgs({ options: { lr: { type: "string", default: "0.1" } } })` */
  readNode(call: SyntaxNode, declared: ReadonlyMap<string, SyntaxNode>): ScriptOption[] {
    if (!/(?:^|\.)parseArgs$/.test(this.textOf(call.firstChild))) return [];
    const config = call.getChild("ArgList")?.getChild("ObjectExpression");
    const options = this.properties(config, declared).get("options");
    const named = [...this.properties(options, declared)].filter(([name]) => FLAG.test(`--${name}`));
    return named.map(([name, node]) => {
      const fields = this.properties(node, declared);
      const value = this.literal(fields.get("default"));
      const type = this.literal(fields.get("type")) === "boolean" ? "switch" : typeOf("", numberIn(value));
      const shown = type === "switch" ? value === true : numberIn(value);
      return { flag: `--${name}`, offFlag: null, type, default: shown, choices: null, start: call.from };
    });
  }

  private properties(
    node: SyntaxNode | null | undefined,
    declared: ReadonlyMap<string, SyntaxNode>,
  ): Map<string, SyntaxNode> {
    const object = node?.name === "VariableName" ? declared.get(this.textOf(node)) : unwrap(node ?? null);
    const found = new Map<string, SyntaxNode>();
    for (const [name, property] of propertiesOf(this.text, object)) {
      const value = property.getChild(":") ? property.lastChild : declared.get(name);
      if (value) found.set(name, value);
    }
    return found;
  }

  private list(node: SyntaxNode | undefined): readonly (number | string)[] | null {
    if (!node || !/^(Array|Tuple)Expression$/.test(node.name)) return null;
    const values = childrenOf(node).map((item) => this.literal(item));
    const listed = values.filter((value) => typeof value === "number" || typeof value === "string");
    return listed.length > 0 ? listed : null;
  }

  private literal(node: SyntaxNode | null | undefined): Literal {
    const text = this.textOf(node).trim();
    if (/^(?:True|true)$/.test(text)) return true;
    if (/^(?:False|false)$/.test(text)) return false;
    const string = node?.name === "String" ? /^(["'])([^"'\\]*)\1$/.exec(text)?.[2] : undefined;
    if (string !== undefined) return string;
    const number = /^[-+]?[\d._]+(?:e[-+]?\d+)?$/i.test(text) ? Number(text.replaceAll("_", "")) : NaN;
    return Number.isFinite(number) ? number : null;
  }

  private textOf(node: SyntaxNode | null | undefined): string {
    return node ? this.text.slice(node.from, node.to) : "";
  }
}

function typeOf(written: string, value: Literal): ScriptOption["type"] {
  if (/float/i.test(written)) return "float";
  if (/int/i.test(written)) return "int";
  if (written !== "" || typeof value !== "number") return "text";
  return Number.isInteger(value) ? "int" : "float";
}

/** Node.js's options are texts. */
function numberIn(value: Literal): Literal {
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
}
