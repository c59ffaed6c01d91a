import type { SyntaxNode } from "@lezer/common";
import { childrenOf, declarationIn, declarators, splitAt, topStatements, unwrap } from "./syntax.js";

/** A function of any form: method, arrow, expression, declaration. */
export interface FunctionSyntax {
  readonly params: readonly ParamSyntax[];
  /** A block, or an arrow's expression. */
  readonly body: SyntaxNode;
}

export interface ParamSyntax {
  readonly from: number;
  readonly to: number;
  /** A name or a pattern. */
  readonly target: SyntaxNode;
  readonly isPlain: boolean;
}

/** A property's or variable's function; null where it is none. */
export function functionAt(node: SyntaxNode | null): FunctionSyntax | null {
  const list = node?.getChild("ParamList");
  const body = node?.lastChild;
  if (!list || !body || (body.name !== "Block" && node.name !== "ArrowFunction")) return null;
  const inside = childrenOf(list).filter(({ name }) => name !== "(" && name !== ")" && !name.endsWith("Comment"));
  const groups = splitAt(inside, ",").filter((group) => group.length > 0);
  return {
    body,
    params: groups.map((group) => ({
      from: group[0]!.from,
      to: group.at(-1)!.to,
      target: group[0]!,
      isPlain: group.every(({ name }) => ["VariableDefinition", "ObjectPattern", "TypeAnnotation"].includes(name)),
    })),
  };
}

/** The functions declared at the top of a module, by name. */
export function topFunctions(text: string, root: SyntaxNode): Map<string, FunctionSyntax> {
  const functions = new Map<string, FunctionSyntax>();
  const add = (name: SyntaxNode | null, node: SyntaxNode | null) => {
    const found = functionAt(node);
    if (name?.name === "VariableDefinition" && found) functions.set(text.slice(name.from, name.to), found);
  };
  for (const statement of topStatements(root)) {
    const declared = statement.getChild("FunctionDeclaration") ?? statement;
    if (declared.name === "FunctionDeclaration") add(declared.getChild("VariableDefinition"), declared);
    for (const { target, value } of declarators(declarationIn(statement))) add(target, unwrap(value));
  }
  return functions;
}

export interface PatternEntry {
  readonly property: SyntaxNode;
  /** The property's name. */
  readonly key: string;
  readonly target: SyntaxNode;
}

/** What an object pattern takes; null where a default, a rest or a computed name makes that more than names. */
export function patternEntries(text: string, pattern: SyntaxNode): readonly PatternEntry[] | null {
  const entries: PatternEntry[] = [];
  for (const property of pattern.getChildren("PatternProperty")) {
    const parts = childrenOf(property).filter(({ name }) => name !== ":");
    const [key, target = key] = parts;
    if (!key || !target || parts.length > 2) return null;
    if (!["PropertyName", "VariableDefinition", "String"].includes(key.name)) return null;
    if (!["VariableDefinition", "ObjectPattern"].includes(target.name)) return null;
    entries.push({ property, key: text.slice(key.from, key.to).replace(/^["']|["']$/g, ""), target });
  }
  return entries;
}
