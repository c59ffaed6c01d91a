import type { SyntaxNode } from "@lezer/common";
import { hydraOptions, type ReadBeside } from "./hydra-options.js";
import { mayHaveOptions, type ScriptLanguage } from "./script-file.js";
import { type Literal, literalOf, type ScriptOption, typeOf } from "./script-option.js";
import { childrenOf, declarators, parse, propertiesOf, splitAt, unwrap } from "./syntax.js";
import { typedOptions } from "./typed-options.js";

/**
 * The options that a script declares, in the order of the text: by Python's `argparse`, `click`, `absl.flags`, Hydra, a
 * `configurator.py` that overrides the variables before it, or types; by what it reads with `tunelens_trial`; by Node.js's `util.parseArgs`, or the packages `argparse`, `yargs`, and `commander`. Nothing runs.
 * @param read what Hydra's configuration is read with.
 * @throws UnreadableSourceError
 */
export function readScriptOptions(
  text: string,
  language: ScriptLanguage,
  read: ReadBeside = () => undefined,
): ScriptOption[] {
  if (!mayHaveOptions(text, language)) return [];
  const reader = new OptionReader(text);
  const root = parse(text, language === "python" ? "python" : "js");
  const found: (ScriptOption | undefined)[] =
    language === "python"
      ? [...reader.readConfigurator(root), ...typedOptions(text, root), ...hydraOptions(text, read)]
      : [];
  const declared = language === "javascript" ? reader.declaredObjects(root) : new Map<string, SyntaxNode>();
  root.cursor().iterate((ref) => {
    if (language === "python" && (ref.name === "CallExpression" || ref.name === "Decorator"))
      found.push(reader.readPython(ref.node), reader.readAbsl(ref.node), reader.readParams(ref.node));
    if (language === "javascript" && ref.name === "CallExpression")
      found.push(...reader.readNode(ref.node, declared), ...reader.readPackages(ref.node));
  });
  return found.filter((option) => option !== undefined).sort((a, b) => a.start - b.start);
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
    return { flag, joint: " ", start: call.from, ...this.pythonType(named, flag, off) };
  }

  /** `flags.DEFINE_float("lr", 0.1, "The learning rate")` */
  readAbsl(call: SyntaxNode): ScriptOption | undefined {
    const list = call.getChild("ArgList");
    const kind = /\bDEFINE_(float|integer|bool|boolean|enum)\s*$/.exec(
      this.text.slice(call.from, list?.from ?? call.from),
    )?.[1];
    if (!list || kind === undefined) return undefined;
    const [name, value, values] = splitAt(childrenOf(list).slice(1, -1), ",").map(([first]) => first);
    const flag = `--${String(this.literal(name))}`;
    if (!FLAG.test(flag)) return undefined;
    const isSwitch = kind.startsWith("bool");
    const type = isSwitch ? "switch" : kind === "enum" ? "text" : typeOf(kind, null);
    const choices = kind === "enum" ? this.list(values) : null;
    const offFlag = isSwitch ? flag.replace("--", "--no") : null;
    return { flag, joint: " ", offFlag, type, default: this.literal(value), choices, start: call.from };
  }

  /** `trial.params.get("lr", 0.1)`, after `import tunelens_trial as trial` */
  readParams(call: SyntaxNode): ScriptOption | undefined {
    if (!/\bparams\.get$/.test(this.textOf(call.firstChild)) || !/\btunelens_trial\b/.test(this.text)) return undefined;
    const [name, value] = splitAt(childrenOf(call.getChild("ArgList")).slice(1, -1), ",").map(([first]) => first);
    const flag = this.literal(name);
    const shown = this.literal(value);
    if (typeof flag !== "string" || !/^[A-Za-z_]\w*$/.test(flag)) return undefined;
    const type = typeof shown === "boolean" ? "switch" : typeOf("", shown);
    return { flag, joint: "none", offFlag: null, type, default: shown, choices: null, start: call.from };
  }

  /** The variables of the module that `exec(open("configurator.py").read())` lets the command line override, as `--name=value`. */
  readConfigurator(root: SyntaxNode): ScriptOption[] {
    const end = /^exec\(open\(["'][\w./-]*configurator\.py["']\)/m.exec(this.text)?.index ?? 0;
    return childrenOf(root).flatMap((statement) => {
      const [name, sign, node] = childrenOf(statement);
      if (statement.name !== "AssignStatement" || statement.from >= end || sign?.name !== "AssignOp") return [];
      const value = this.literal(node);
      const flag = `--${this.textOf(name)}`;
      if (value === null || !FLAG.test(flag)) return [];
      return [{ ...overridden(flag, value, this.textOf(node)), joint: "=", choices: null, start: statement.from }];
    });
  }

  private pythonType(
    named: ReadonlyMap<string, SyntaxNode>,
    flag: string,
    off: string | null,
  ): Omit<ScriptOption, "flag" | "joint" | "start"> {
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
      return { flag: `--${name}`, joint: " ", offFlag: null, type, default: shown, choices: null, start: call.from };
    });
  }

  /** `parser.add_argument("--lr", { type: "float", default: 0.1 })`, `yargs.option("lr", { … })`, `program.option("--lr <number>", "…", 0.1)` */
  readPackages(call: SyntaxNode): ScriptOption[] {
    const list = call.getChild("ArgList");
    const method = /\.(add_?argument|options?)$/i.exec(this.textOf(call.firstChild))?.[1]?.toLowerCase();
    const args = splitAt(childrenOf(list).slice(1, -1), ",").map((part) => part.at(-1));
    if (!list || method === undefined) return [];
    const object = args.find((node) => node?.name === "ObjectExpression");
    if (method === "options")
      return [...propertiesOf(this.text, object)].flatMap(([name, property]) =>
        this.objectOption(`--${name}`, property.lastChild, list),
      );
    const names = args[0]?.name === "ArrayExpression" ? childrenOf(args[0]) : [args[0]];
    const written = names.map((node) => String(this.literal(node)));
    if (!object) return method === "option" ? this.commanderOption(written[0]!, args, list) : [];
    const name = written.find((text) => text.startsWith("--")) ?? written[0]!;
    return this.objectOption(method === "option" ? `--${name.replace(/^-+/, "")}` : name, object, list);
  }

  private objectOption(
    flag: string,
    object: SyntaxNode | null | undefined,
    { from: start }: SyntaxNode,
  ): ScriptOption[] {
    if (!FLAG.test(flag) || !flag.startsWith("--") || object?.name !== "ObjectExpression") return [];
    const fields = this.properties(object, new Map());
    const typed = String(this.literal(fields.get("type")) ?? this.textOf(fields.get("type")));
    const value = this.literal(fields.get("default") ?? fields.get("defaultValue"));
    const isSwitch = /^store_?(true|false)$/i.test(String(this.literal(fields.get("action")))) || typed === "boolean";
    const choices = this.list(fields.get("choices"));
    const type = isSwitch ? "switch" : typeOf(typed.replace(/^number$/i, ""), value);
    const offFlag = typed === "boolean" ? flag.replace("--", "--no-") : null;
    const shown = isSwitch ? value === true : value;
    return [{ flag, joint: " ", offFlag, type, default: shown, choices, start }];
  }

  private commanderOption(
    written: string,
    args: readonly (SyntaxNode | undefined)[],
    { from: start }: SyntaxNode,
  ): ScriptOption[] {
    const [, flag, value] = /(--[A-Za-z\d][\w-]*)\s*([<[].*)?$/.exec(written) ?? [];
    if (flag === undefined || flag.startsWith("--no-")) return [];
    const last = args.length > 2 ? numberIn(this.literal(args.at(-1))) : null;
    const type =
      value === undefined
        ? "switch"
        : typeOf(args.length > 3 ? this.textOf(args[2]).replace(/^Number$/, "") : "", last);
    const shown = type === "switch" ? last === true : last;
    return [{ flag, joint: " ", offFlag: null, type, default: shown, choices: null, start }];
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
    return literalOf(this.text, node);
  }

  private textOf(node: SyntaxNode | null | undefined): string {
    return node ? this.text.slice(node.from, node.to) : "";
  }
}

/** A whole number is no default of a `float`: it would be written as `1`, which the configurator takes for an `int`. */
function overridden(
  flag: string,
  value: number | string | boolean,
  written: string,
): Pick<ScriptOption, "flag" | "offFlag" | "type" | "default"> {
  if (typeof value === "boolean") return { flag, offFlag: null, type: "switch", default: value };
  if (typeof value === "string") return { flag, offFlag: null, type: "text", default: value };
  const type = /[.e]/i.test(written) ? "float" : "int";
  return { flag, offFlag: null, type, default: type === "float" && Number.isInteger(value) ? null : value };
}

/** Node.js's options are texts. */
function numberIn(value: Literal): Literal {
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
}
