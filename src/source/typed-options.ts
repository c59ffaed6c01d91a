import type { SyntaxNode } from "@lezer/common";
import { type Literal, literalOf, type ScriptOption, typeOf } from "./script-option.js";
import { childrenOf, splitAt } from "./syntax.js";

/** How a library makes options of what has names, types, and defaults. */
interface Style {
  /** `--learning-rate` of `learning_rate`. */
  readonly kebab?: boolean;
  /** A boolean is turned off by `--no-NAME`; otherwise it gets its value, as in `--NAME=True`. */
  readonly off?: boolean;
  readonly joint?: "=";
  /** The fields of a field are `outer.inner`. */
  readonly nested?: boolean;
  /** Before the name. Default: `--`. */
  readonly dashes?: "";
}

/** Calls that are given a class or a function. */
const byCall: readonly (readonly [callee: RegExp, Style])[] = [
  [/\bHfArgumentParser$/, {}],
  [/\btyro\.cli$/, { kebab: true, off: true, nested: true }],
  [/\btyper\.run$/, { kebab: true, off: true }],
  [/\b(?:pyrallis|draccus)\.parse$/, { nested: true }],
  [/\bsimple_parsing\.parse$|\.add_arguments$/, {}],
  [/\bCliApp\.run$/, { nested: true }],
  [/\bfire\.Fire$/, { joint: "=" }],
  [/\.store$/, { nested: true, joint: "=", dashes: "" }],
];

/** What scripts tune of transformers' `TrainingArguments`, with its defaults. */
const trainingArguments: readonly (readonly [name: string, value: number, type: "float" | "int"])[] = [
  ["learning_rate", 5e-5, "float"],
  ["per_device_train_batch_size", 8, "int"],
  ["weight_decay", 0, "float"],
  ["num_train_epochs", 3, "int"],
  ["seed", 42, "int"],
];

/** Decorators of a function that gets the options as its parameters, or a configuration of its parameter's type. */
const byDecorator: readonly (readonly [decorator: RegExp, Style, of: "function" | "class"])[] = [
  [/\.command\b/, { kebab: true, off: true }, "function"],
  [/^@(?:pyrallis|draccus)\.wrap\b/, { nested: true }, "class"],
];

const MAY_HAVE =
  /\b(?:HfArgumentParser|tyro|typer|pyrallis|draccus|simple_parsing|CliApp|cli_parse_args|fire|Tap)\b|@hydra\.main/;

/** A name that a class or a function declares, with its type and default. */
interface Declared {
  readonly name: string;
  readonly type: SyntaxNode | null;
  readonly value: SyntaxNode | null;
  readonly start: number;
}

/**
 * The options that types declare: the fields of a dataclass that `HfArgumentParser`, `tyro`, `simple_parsing`, `pyrallis`, `draccus`, or
 * Hydra's `ConfigStore` makes options of, of pydantic's settings, and of `Tap`; the parameters of a function that `typer`, `tyro`, or `fire` calls.
 */
export function typedOptions(text: string, root: SyntaxNode): ScriptOption[] {
  return MAY_HAVE.test(text) ? new TypedOptions(text, root).read() : [];
}

class TypedOptions {
  private readonly classes = new Map<string, SyntaxNode>();
  private readonly functions = new Map<string, SyntaxNode>();
  private readonly found: ScriptOption[] = [];

  constructor(
    private readonly text: string,
    private readonly root: SyntaxNode,
  ) {
    root.cursor().iterate((ref) => {
      if (ref.name !== "ClassDefinition" && ref.name !== "FunctionDefinition") return;
      const all = ref.name === "ClassDefinition" ? this.classes : this.functions;
      all.set(this.textOf(ref.node.getChild("VariableName")), ref.node);
    });
  }

  read(): ScriptOption[] {
    this.root.cursor().iterate((ref) => {
      if (ref.name === "CallExpression") this.readCall(ref.node);
    });
    for (const node of this.classes.values()) this.readBases(node);
    this.readDecorated();
    return this.found;
  }

  /** `HfArgumentParser((ModelArguments, DataArguments))` */
  private readCall(call: SyntaxNode): void {
    const callee = this.textOf(call.firstChild);
    const style = byCall.find(([pattern]) => pattern.test(callee))?.[1];
    if (!style || (callee.endsWith(".store") && !this.text.includes("ConfigStore"))) return;
    const parsed = this.textOf(call.getChild("ArgList"));
    if (/HfArgumentParser$/.test(callee) && /TrainingArguments\b/.test(parsed) && /\btransformers\b/.test(this.text))
      this.addTrainingArguments(call.from);
    call
      .getChild("ArgList")
      ?.cursor()
      .iterate((ref) => {
        if (ref.name === "VariableName") this.readNamed(this.text.slice(ref.from, ref.to), style);
      });
  }

  private addTrainingArguments(start: number): void {
    for (const [name, value, type] of trainingArguments)
      this.found.push({ flag: `--${name}`, joint: " ", offFlag: null, type, default: value, choices: null, start });
  }

  private readNamed(name: string, style: Style): void {
    const node = this.classes.get(name) ?? this.functions.get(name);
    if (node) this.add(node, style);
  }

  /** `class Arguments(Tap)`, `class Settings(BaseSettings)` */
  private readBases(node: SyntaxNode): void {
    const bases = this.textOf(node.getChild("ArgList"));
    if (/\bTap\b/.test(bases)) this.add(node, {});
    if (/\bBaseSettings\b/.test(bases) && /\bcli_parse_args\s*=\s*True/.test(this.textOf(node)))
      this.add(node, { nested: true });
  }

  private readDecorated(): void {
    const commands: { node: SyntaxNode; name: string; style: Style }[] = [];
    for (const node of this.functions.values()) {
      for (const decorator of node.parent?.getChildren("Decorator") ?? []) {
        const written = this.textOf(decorator);
        const [, style, of] = byDecorator.find(([pattern]) => pattern.test(written)) ?? [];
        if (!style || (of === "function" && !/\btyper\b/.test(this.text))) continue;
        if (of === "class") for (const { type } of this.parameters(node)) this.readNamed(this.textOf(type), style);
        else commands.push({ node, name: /\(\s*["']([\w-]+)["']/.exec(written)?.[1] ?? "", style });
      }
    }
    // With more than one command, its name is an argument.
    const chosen = commands.find(({ node }) => /train|fit/.test(this.nameOf(node))) ?? commands[0];
    if (!chosen) return;
    const name = chosen.name || this.nameOf(chosen.node).replaceAll("_", "-");
    this.add(chosen.node, chosen.style, "", commands.length > 1 ? name : null);
  }

  private nameOf(node: SyntaxNode): string {
    return this.textOf(node.getChild("VariableName"));
  }

  private add(node: SyntaxNode, style: Style, prefix = "", command: string | null = null, depth = 0): void {
    const declared = node.name === "ClassDefinition" ? this.fields(node) : this.parameters(node);
    for (const one of declared) {
      const inner = style.nested && depth < 4 ? this.classes.get(this.textOf(one.type)) : undefined;
      const path = prefix + (style.kebab ? one.name.replaceAll("_", "-") : one.name);
      if (inner) this.add(inner, style, `${path}.`, command, depth + 1);
      else this.found.push(this.option(one, path, style, command));
    }
  }

  private option({ type, value, start }: Declared, path: string, style: Style, command: string | null): ScriptOption {
    const written = this.textOf(type);
    const shown = this.defaultOf(value);
    const flags = [...(written + this.textOf(value)).matchAll(/["'](--[A-Za-z][\w-]*)["'/]/g)].map(([, flag]) => flag!);
    const flag = flags[0] ?? `${style.dashes ?? "--"}${path}`;
    const choices = literals(written);
    const isSwitch = /\bbool\b/.test(written) || (written === "" && typeof shown === "boolean");
    const kind = choices ? "text" : isSwitch ? "switch" : typeOf(typeName(written), shown);
    const isPositional = /\bArgument\(/.test(written + this.textOf(value));
    const offFlag = isSwitch && style.off ? flag.replace("--", "--no-") : null;
    return {
      flag,
      joint: style.joint ?? (isSwitch && !style.off ? "=" : " "),
      offFlag,
      type: isPositional ? "text" : kind,
      default: shown,
      choices: isPositional ? null : choices,
      start,
      command,
    };
  }

  /** `0.1` of `0.1`, `field(default=0.1)`, `Field(0.1, ge=0)`, and `typer.Option(0.1)` */
  private defaultOf(value: SyntaxNode | null): Literal {
    if (value?.name !== "CallExpression") return literalOf(this.text, value);
    const args = splitAt(childrenOf(value.getChild("ArgList")).slice(1, -1), ",");
    const named = args.find(([name, sign]) => sign?.name === "AssignOp" && this.textOf(name) === "default");
    const [first] = args;
    return literalOf(this.text, named?.[2] ?? (first?.length === 1 ? first[0] : null));
  }

  /** Those of a class of the same file that it extends come first. */
  private fields(node: SyntaxNode, depth = 0): Declared[] {
    const bases = childrenOf(node.getChild("ArgList")).map((base) => this.classes.get(this.textOf(base)));
    const inherited = depth > 4 ? [] : bases.flatMap((base) => (base ? this.fields(base, depth + 1) : []));
    const own = (node.getChild("Body")?.getChildren("AssignStatement") ?? []).flatMap((statement): Declared[] => {
      const type = statement.getChild("TypeDef");
      const name = statement.firstChild;
      if (!type || name?.name !== "VariableName") return [];
      const value = statement.getChild("AssignOp")?.nextSibling ?? null;
      return [{ name: this.textOf(name), type: type.lastChild, value, start: statement.from }];
    });
    return [...inherited, ...own];
  }

  private parameters(node: SyntaxNode): Declared[] {
    const list = childrenOf(node.getChild("ParamList")).slice(1, -1);
    return splitAt(list, ",").flatMap((parts): Declared[] => {
      const [name] = parts;
      if (name?.name !== "VariableName") return [];
      const type = parts.find((part) => part.name === "TypeDef")?.lastChild ?? null;
      const value = parts.find((part) => part.name === "AssignOp")?.nextSibling ?? null;
      return [{ name: this.textOf(name), type, value, start: name.from }];
    });
  }

  private textOf(node: SyntaxNode | null | undefined): string {
    return node ? this.text.slice(node.from, node.to) : "";
  }
}

/** `float` of `Optional[float]`, `float | None`, and `Annotated[float, …]`; text where there are several. */
function typeName(written: string): string {
  const inner = /^(?:typing\.|t\.)?(?:Optional|Annotated)\[\s*([\w.]+)/.exec(written)?.[1] ?? written;
  const names = inner.split("|").map((name) => name.trim());
  const own = names.filter((name) => name !== "None" && name !== "");
  return own.length === 1 && /^(?:float|int)$/.test(own[0]!) ? own[0]! : own.length === 0 ? "" : "str";
}

/** The choices of `Literal["a", "b"]`. */
function literals(written: string): readonly (number | string)[] | null {
  const list = /\bLiteral\[([^[\]]*)\]/.exec(written)?.[1];
  const values = list?.split(",").map((part) => part.trim()) ?? [];
  const texts = values.flatMap((value) => /^(["'])([^"'\\]*)\1$/.exec(value)?.[2] ?? []);
  return texts.length > 0 && texts.length === values.length ? texts : null;
}
