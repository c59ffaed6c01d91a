import type { SyntaxNode } from "@lezer/common";
import { Edits } from "./edits.js";
import { type FunctionSyntax, patternEntries, type ParamSyntax } from "./functions.js";
import { literal, nested, type NestedParams, type Param } from "./literals.js";
import type { Names } from "./names.js";
import { ownValue } from "../protocol/own-value.js";
import type { Dialect } from "./dialect.js";
import { childrenOf, declarators } from "./syntax.js";

/** A study's text and what is known of it. */
export interface StudyText {
  readonly text: string;
  readonly dialect: Dialect;
  readonly names: Names;
  /** Those declared at the top. */
  readonly functions: ReadonlyMap<string, FunctionSyntax>;
  /** By flat name. */
  readonly params: Readonly<Record<string, Param>>;
  /** Every parameter the study's trials have. */
  readonly paramNames: readonly string[];
  /** Stands above the first constants. */
  readonly comment: string;
}

/** Lines that declare constants, in place of a range of the text. */
interface Constants {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
  readonly indent: string;
  /** An arrow's expression, which becomes a block that has them before it. */
  readonly wrapped?: SyntaxNode;
}

/** The code cannot be rewritten such that it surely means the same. */
class Unsafe extends Error {}

const SUGGEST = /^suggest(Float|Int|Categorical)$/;
const EQUALITY = /^[!=]==?$/;
/** `fit(trial, …)` and `trialCallback(trial)` report to the trial, and read nothing of it that is tuned. */
const REPORTS = /^(?:[\w$]+\.)?(?:fit|trialCallback)$/;

/** Writes constants in place of an objective's reads of its trial's parameters. */
export class TrialReads {
  readonly edits: Edits;
  /** Whether the trial's parameters, or their type, may still be looked at. */
  paramsRemain = false;
  private replacedInPlace = false;
  private readonly params: NestedParams;
  private readonly typed: boolean;
  private readonly blocks: Constants[] = [];

  constructor(private readonly source: StudyText) {
    this.edits = new Edits(source.text);
    this.params = nested(source.params, source.paramNames);
    this.typed = source.dialect !== "js";
  }

  /** @returns false where that cannot be done safely; the edits are then of no use. */
  replaceIn(objective: FunctionSyntax): boolean {
    try {
      const [trial] = objective.params;
      if (trial) this.trialParam(objective, trial);
      if (this.blocks.length === 0 && this.replacedInPlace) this.addBlock(objective.body, () => []);
      this.blocks.sort((a, b) => a.from - b.from);
      for (const [i, block] of this.blocks.entries()) this.write(block, i === 0 ? [this.source.comment] : []);
      return this.blocks.length > 0;
    } catch (error) {
      if (error instanceof Unsafe) return false;
      throw error;
    }
  }

  private write({ from, to, lines, indent, wrapped }: Constants, comment: readonly string[]): void {
    const text = [...comment, ...lines].join(`\n${indent}`);
    const start = from === to ? `\n${indent}${text}` : text;
    this.edits.replace(from, to, wrapped ? `{${start}\n${indent}return ` : start);
    if (wrapped) this.edits.replace(wrapped.to, wrapped.to, `;\n${this.indentOf(wrapped)}}`);
  }

  private trialParam({ body }: FunctionSyntax, { target, isPlain }: ParamSyntax): void {
    if (!isPlain) throw new Unsafe();
    if (target.name === "VariableDefinition") this.trialUses(body, this.textOf(target));
    else this.takeParamsOut(target, body);
  }

  /** `({ params, signal })`: what is called `params` becomes a constant. */
  private takeParamsOut(pattern: SyntaxNode, body: SyntaxNode): void {
    for (const { property, key, target } of this.entriesOf(pattern)) {
      if (SUGGEST.test(key)) throw new Unsafe();
      if (key !== "params") continue;
      this.edits.removeEntry(property);
      this.declare(body, target);
    }
  }

  private trialUses(body: SyntaxNode, trial: string): void {
    const { names } = this.source;
    if (names.declares(trial, body)) throw new Unsafe();
    const reads: SyntaxNode[] = [];
    for (const use of names.usesOf(trial, body)) {
      const { parent } = use;
      const property = parent?.name === "MemberExpression" && parent.from === use.from ? parent.lastChild : null;
      const called = parent?.parent?.name === "CallExpression" && parent.parent.firstChild?.from === use.from;
      const method = property ? this.textOf(property) : "";
      if (method === "params" && parent) reads.push(parent);
      else if (SUGGEST.test(method)) {
        if (!called || !parent?.parent) throw new Unsafe();
        this.suggestion(parent.parent, method, body);
      } else if (!property) this.otherUse(use, body);
    }
    this.reads(reads, trial, body);
  }

  private otherUse(use: SyntaxNode, body: SyntaxNode): void {
    const { parent } = use;
    if (parent?.name === "VariableDeclaration") {
      const pattern = parent.getChild("ObjectPattern");
      if (!pattern || parent.getChildren("Equals").length !== 1) throw new Unsafe();
      this.takeParamsOut(pattern, body);
      return;
    }
    const call = parent?.name === "ArgList" ? parent.parent : null;
    const callee = call?.firstChild;
    if (!call || !callee) throw new Unsafe();
    const name = this.textOf(callee);
    const called = this.source.functions.get(name);
    // What others do with it, nobody knows.
    if (!called && !REPORTS.test(name)) throw new Unsafe();
    if (!called) return;
    const param = called.params[argumentsOf(call).findIndex(({ from }) => from === use.from)];
    if (!param || this.source.names.usesOf(name).length !== 1) throw new Unsafe();
    // It may say the type of the trial it wants.
    this.paramsRemain = true;
    this.trialParam(called, param);
  }

  /** `trial.suggestInt("layers", 1, 3)` is the number. */
  private suggestion(call: SyntaxNode, method: string, body: SyntaxNode): void {
    const [name, choices] = argumentsOf(call);
    if (name?.name !== "String") throw new Unsafe();
    const value = ownValue(this.source.params, this.textOf(name).slice(1, -1));
    if (value === undefined) throw new Unsafe();
    const text = literal(value, "");
    this.replacedInPlace = true;
    if (!this.typed || !this.comparesSuggestion(call, body))
      this.edits.replace(call.from, call.to, typeof value === "number" ? inParentheses(call, text) : text);
    else if (method !== "suggestCategorical")
      this.edits.replace(call.from, call.to, inParentheses(call, `${text} as number`));
    else if (choices?.name === "ArrayExpression") {
      const type = entriesBetween(choices).map((choice) => this.textOf(choice));
      this.edits.replace(call.from, call.to, inParentheses(call, `${text} as ${type.join(" | ")}`));
    } else throw new Unsafe();
  }

  private reads(reads: readonly SyntaxNode[], trial: string, body: SyntaxNode): void {
    const rest = reads.filter((read) => !this.readWhole(read, trial, body));
    if (rest.length === 0) return;
    const name = ["params", "best", "bestParams"].find((free) => this.source.names.isFree(free));
    if (!name) throw new Unsafe();
    const compared = rest.some((read) => this.comparesUse(read, body));
    this.addBlock(body, (indent) => [`const ${name} = ${this.object(indent, compared ? trial : undefined)};`]);
    for (const read of rest) this.edits.replace(read.from, read.to, name);
  }

  /** A read that is all of a declaration or of an argument. @returns false for any other. */
  private readWhole(read: SyntaxNode, trial: string, body: SyntaxNode): boolean {
    const { parent } = read;
    if (parent?.name === "ArgList") return this.moveInto(read, parent.parent!);
    if (parent?.name !== "VariableDeclaration") return false;
    const parts = childrenOf(parent).filter(({ name }) => name !== ";" && !name.endsWith("Comment"));
    const [keyword, target] = parts;
    // Several declared at once, or one with a type of its own.
    if (parts.length !== 4 || !keyword || !target || parts[3]!.from !== read.from) return false;
    if (parent.parent?.name !== "Block") return false;
    const indent = this.indentOf(parent);
    const compared = this.typed && this.comparesTarget(target, body);
    const lines = (!compared && this.constants(target, this.textOf(keyword), indent)) || [
      `${this.textOf(keyword)} ${this.textOf(target)} = ${this.object(indent, compared ? trial : undefined)};`,
    ];
    this.blocks.push({ from: parent.from, to: parent.to, lines, indent });
    return true;
  }

  /** `buildModel(trial.params)`, where that is its only call: the constants stand in `buildModel`. */
  private moveInto(argument: SyntaxNode, call: SyntaxNode): boolean {
    const { names, functions } = this.source;
    const callee = call.firstChild;
    const name = callee?.name === "VariableName" ? this.textOf(callee) : "";
    const called = functions.get(name);
    const all = argumentsOf(call);
    const index = all.findIndex(({ from }) => from === argument.from);
    const param = called?.params[index];
    if (!called || !param || called.body.name !== "Block" || names.usesOf(name).length !== 1) return false;
    if (!called.params.every(({ isPlain }) => isPlain)) return false;
    if (this.typed && this.comparesTarget(param.target, called.body)) return false;
    if (this.constants(param.target, "const", "") === null) return false;
    this.addBlock(called.body, (indent) => this.constants(param.target, "const", indent)!);
    this.edits.removeEntry(argument);
    this.edits.removeEntry(param);
    return true;
  }

  /** What was a parameter, a name or a pattern, as constants at the start of the body. */
  private declare(body: SyntaxNode, target: SyntaxNode): void {
    if (this.typed && this.comparesTarget(target, body)) throw new Unsafe();
    if (this.constants(target, "const", "") === null) throw new Unsafe();
    this.addBlock(body, (indent) => this.constants(target, "const", indent)!);
  }

  /** One declaration for each name; null where that would not mean the same. */
  private constants(target: SyntaxNode, keyword: string, indent: string): string[] | null {
    if (target.name === "VariableDefinition")
      return [`${keyword} ${this.textOf(target)} = ${this.object(indent, undefined)};`];
    const lines: string[] = [];
    const entries = patternEntries(this.source.text, target);
    if (!entries) return null;
    for (const { key, target: bound } of entries) {
      const value = Object.hasOwn(this.params, key) ? this.params[key] : undefined;
      if (value === undefined || bound.name !== "VariableDefinition") return null;
      const type = this.typed && typeof value === "object" && value !== null ? " as const" : "";
      lines.push(`${keyword} ${this.textOf(bound)} = ${literal(value, indent)}${type};`);
    }
    return lines;
  }

  /** All parameters. @param comparedOf the trial, where the code compares them: then they keep the type they had. */
  private object(indent: string, comparedOf: string | undefined): string {
    const text = literal(this.params, indent);
    if (!this.typed) return text;
    if (comparedOf !== undefined) this.paramsRemain = true;
    return comparedOf === undefined ? `${text} as const` : `${text} as typeof ${comparedOf}.params`;
  }

  private entriesOf(pattern: SyntaxNode) {
    const entries = patternEntries(this.source.text, pattern);
    if (!entries) throw new Unsafe();
    return entries;
  }

  /** Whether a body compares what it calls by a name or by the names of a pattern: a constant's type may have one value only. */
  private comparesTarget(target: SyntaxNode, body: SyntaxNode): boolean {
    if (target.name === "ObjectPattern")
      return target.getChildren("PatternProperty").some((property) => this.comparesTarget(property.lastChild!, body));
    if (target.name !== "VariableDefinition") return true;
    const uses = this.source.names.usesOf(this.textOf(target), body);
    // Followed only onwards in the text, so that it comes to an end.
    return uses.some((use) => (use.from > target.to ? this.comparesUse(use, body) : this.isCompared(memberOf(use))));
  }

  /** Whether a use, or what it is given another name as, is compared. */
  private comparesUse(use: SyntaxNode, body: SyntaxNode): boolean {
    const member = memberOf(use);
    if (this.isCompared(member)) return true;
    const declared = [...declarators(member.parent)].find(({ value }) => value?.from === member.from);
    return declared !== undefined && this.comparesTarget(declared.target, body);
  }

  /** A suggestion, or what it is the value of. */
  private comparesSuggestion(call: SyntaxNode, body: SyntaxNode): boolean {
    if (this.isCompared(call)) return true;
    const declaration = call.parent?.name === "VariableDeclaration" ? call.parent : null;
    const target = declaration?.getChild("VariableDefinition");
    return Boolean(target && this.comparesTarget(target, body));
  }

  private isCompared({ parent }: SyntaxNode): boolean {
    if (parent?.name === "ParenthesizedExpression")
      return parent.parent?.name === "SwitchStatement" || this.isCompared(parent);
    const operator = parent?.name === "BinaryExpression" ? parent.getChild("CompareOp") : null;
    return operator ? EQUALITY.test(this.textOf(operator)) : false;
  }

  private addBlock(body: SyntaxNode, lines: (indent: string) => string[]): void {
    if (body.name !== "Block") {
      if (this.blocks.some(({ wrapped }) => wrapped?.from === body.from)) throw new Unsafe();
      const indent = `${this.indentOf(body)}  `;
      this.blocks.push({ from: body.from, to: body.from, lines: lines(indent), indent, wrapped: body });
      return;
    }
    const first = childrenOf(body).find(({ name }) => name !== "{");
    const indent = first && this.isFirstOfLine(first) ? this.indentOf(first) : `${this.indentOf(body)}  `;
    this.blocks.push({ from: body.from + 1, to: body.from + 1, lines: lines(indent), indent });
  }

  private isFirstOfLine({ from }: SyntaxNode): boolean {
    return /(^|\n)[ \t]*$/.test(this.source.text.slice(0, from));
  }

  private indentOf({ from }: SyntaxNode): string {
    const { text } = this.source;
    return /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", from - 1) + 1))![0];
  }

  private textOf({ from, to }: SyntaxNode): string {
    return this.source.text.slice(from, to);
  }
}

function argumentsOf(call: SyntaxNode): SyntaxNode[] {
  const list = call.getChild("ArgList");
  return list ? entriesBetween(list) : [];
}

/** The entries of a list, without what stands around and between them. */
function entriesBetween(list: SyntaxNode): SyntaxNode[] {
  return childrenOf(list).filter(({ name }) => !["(", ")", "[", "]", ","].includes(name) && !name.endsWith("Comment"));
}

/** `x` as in `x.kind` or `x["a"].b`: the outermost. */
function memberOf(node: SyntaxNode): SyntaxNode {
  const { parent } = node;
  const goesOn = parent?.name === "MemberExpression" && parent.from === node.from;
  return goesOn ? memberOf(parent) : node;
}

/** Where what stands around it would take it for something else: `2.toFixed()`, `-(-2)`, `2 as number === 3`. */
function inParentheses({ parent }: SyntaxNode, text: string): string {
  const name = parent?.name ?? "";
  const isOperand = /^(Binary|Unary|Call|Postfix)Expression$/.test(name);
  return name === "MemberExpression" || (isOperand && / as |^-/.test(text)) ? `(${text})` : text;
}
