import type { SyntaxNode } from "@lezer/common";
import type { Dialect } from "./dialect.js";
import { Edits } from "./edits.js";
import { Names } from "./names.js";
import { declarators, parse, specifiersOf, topStatements } from "./syntax.js";

/** A module without the imports and the constants that it no longer uses. @param before the names it used; what was idle then stays. */
export function withoutUnused(text: string, dialect: Dialect, before: Names): string {
  for (let current = text; ;) {
    const next = once(current, dialect, before);
    if (next === current) return next;
    current = next;
  }
}

function once(text: string, dialect: Dialect, before: Names): string {
  const root = parse(text, dialect);
  const names = new Names(text, root);
  const edits = new Edits(text);
  const isUnused = (node: SyntaxNode | null | undefined) => {
    const name = node ? text.slice(node.from, node.to) : "";
    return before.usesOf(name).length > 0 && names.usesOf(name).length === 0;
  };
  for (const statement of topStatements(root)) {
    if (statement.name === "ImportDeclaration") trimImport(statement, edits, isUnused);
    if (statement.name !== "VariableDeclaration") continue;
    const [only, ...others] = declarators(statement);
    if (only && others.length === 0 && only.target.name === "VariableDefinition" && isUnused(only.target))
      removeStatement(text, statement, edits);
  }
  return edits.apply();
}

function trimImport(statement: SyntaxNode, edits: Edits, isUnused: (node: SyntaxNode | undefined) => boolean): void {
  const group = statement.getChild("ImportGroup");
  const specifiers = specifiersOf(group);
  const idle = specifiers.filter((specifier) => isUnused(specifier.at(-1)));
  const whole = statement.getChildren("VariableDefinition");
  if (idle.length === specifiers.length && whole.every(isUnused) && idle.length + whole.length > 0) {
    edits.removeLines(statement.from, statement.to);
    return;
  }
  for (const [first] of idle) {
    const last = idle.find(([other]) => other === first)!.at(-1)!;
    edits.removeEntry({ from: first!.from, to: last.to });
  }
}

/** With the empty line and the comment that belong to it. */
function removeStatement(text: string, statement: SyntaxNode, edits: Edits): void {
  const blank = /^\s*?\n(?:[ \t]*\r?\n)?/.exec(text.slice(statement.to))?.[0].length ?? 0;
  const previous = statement.prevSibling;
  const comment = previous?.name.endsWith("Comment") && !/\n[ \t]*\r?\n/.test(text.slice(previous.to, statement.from));
  edits.replace(comment && previous ? previous.from : statement.from, statement.to + blank, "");
}
