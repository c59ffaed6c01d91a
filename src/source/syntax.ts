import { getHeapStatistics } from "node:v8";
import type { SyntaxNode } from "@lezer/common";
import { parser } from "@lezer/javascript";
import { parser as python } from "@lezer/python";
import { type Dialect, UnreadableSourceError } from "./dialect.js";

const parsers = {
  ts: parser.configure({ dialect: "ts" }),
  tsx: parser.configure({ dialect: "ts jsx" }),
  js: parser.configure({ dialect: "jsx" }),
  python,
} as const;

/** Longer texts are neither study files nor scripts. Characters. */
const LONGEST_TEXT = 1_000_000;
/** Ten thousand lines take a tenth of it on a busy machine. */
const TIME_LIMIT_MS = 3_000;
/** The same need 30 MB; 64 kB of `<`, read as JSX, more than 4 GB. */
const MEMORY_LIMIT_BYTES = 300e6;
/** In that many steps of the parser little time and memory go. */
const STEPS_PER_CHECK = 32;

/** The tree of a text; half-typed code gives one too. @throws UnreadableSourceError */
export function parse(text: string, dialect: Dialect | "python"): SyntaxNode {
  if (text.length > LONGEST_TEXT) throw new UnreadableSourceError();
  const parsing = parsers[dialect].startParse(text);
  const until = performance.now() + TIME_LIMIT_MS;
  const mostMemory = usedMemory() + MEMORY_LIMIT_BYTES;
  for (let step = 1; ; step++) {
    const tree = parsing.advance();
    if (tree) return tree.topNode;
    if (step % STEPS_PER_CHECK === 0 && (performance.now() > until || usedMemory() > mostMemory))
      throw new UnreadableSourceError();
  }
}

/** Of this thread. */
function usedMemory(): number {
  return getHeapStatistics().used_heap_size;
}

/**
 * The statements of the module. An `export` that stands deeper got there because a brace above is not closed yet: imports and exports
 * are only allowed at the top, so it belongs there.
 */
export function topStatements(root: SyntaxNode): SyntaxNode[] {
  const statements = childrenOf(root);
  const seen = new Set(statements.map(({ from }) => from));
  root.cursor().iterate((ref) => {
    const { name, from } = ref;
    // `ref.node` is made on demand: not for every node of a large file.
    if ((name === "ExportDeclaration" || name === "ImportDeclaration") && !seen.has(from)) statements.push(ref.node);
  });
  return statements;
}

export function declarationIn(statement: SyntaxNode): SyntaxNode | null {
  return statement.name === "ExportDeclaration" ? statement.getChild("VariableDeclaration") : statement;
}

/** What stands inside parentheses, `as`, `satisfies` and `!`. */
export function unwrap(node: SyntaxNode | null): SyntaxNode | null {
  if (node?.name === "ParenthesizedExpression") return unwrap(childrenOf(node).find(isExpression) ?? null);
  if (node?.name === "BinaryExpression" && (node.getChild("as") || node.getChild("satisfies")))
    return unwrap(node.firstChild);
  if (node?.name === "PostfixExpression") return unwrap(node.firstChild);
  return node;
}

function isExpression(node: SyntaxNode): boolean {
  return node.name !== "(" && node.name !== ")" && !node.name.endsWith("Comment");
}

/** The comma-separated entries between the braces of an import or export group. */
export function specifiersOf(group: SyntaxNode | null | undefined): SyntaxNode[][] {
  const parts = childrenOf(group).filter((part) => !["{", "}"].includes(part.name) && !part.name.endsWith("Comment"));
  return splitAt(parts, ",").filter((entry) => entry.length > 0);
}

export function splitAt(nodes: readonly SyntaxNode[], separator: string): SyntaxNode[][] {
  const groups: SyntaxNode[][] = [[]];
  for (const node of nodes) {
    if (node.name === separator) groups.push([]);
    else groups.at(-1)!.push(node);
  }
  return groups;
}

export function childrenOf(node: SyntaxNode | null | undefined): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node?.firstChild ?? null; child; child = child.nextSibling) children.push(child);
  return children;
}

export function firstChild(node: SyntaxNode | null): SyntaxNode | null {
  return node?.firstChild ?? null;
}

/** What each name or pattern of `const a = 1, { b } = c` is set to. */
export function* declarators(
  statement: SyntaxNode | null,
): Generator<{ target: SyntaxNode; value: SyntaxNode | null }> {
  if (statement?.name !== "VariableDeclaration") return;
  const groups = splitAt(childrenOf(statement).slice(1), ",");
  for (const [target, ...rest] of groups) {
    const equals = rest.findIndex((part) => part.name === "Equals");
    const value = rest.slice(equals + 1).find((part) => part.name !== "BlockComment" && part.name !== ";") ?? null;
    if (target) yield { target, value: equals < 0 ? null : value };
  }
}

/** The properties of an object, by name. */
export function propertiesOf(text: string, object: SyntaxNode | null | undefined): Map<string, SyntaxNode> {
  const properties = new Map<string, SyntaxNode>();
  for (const property of object?.getChildren("Property") ?? []) {
    const key = childrenOf(property).find(({ name }) => name === "PropertyDefinition" || name === "String");
    if (key) properties.set(text.slice(key.from, key.to).replace(/^["']|["']$/g, ""), property);
  }
  return properties;
}
