import type { SyntaxNode } from "@lezer/common";
import type { Edits } from "./edits.js";
import { key, literal, nested, type NestedParams } from "./literals.js";
import { specifiersOf, topStatements } from "./syntax.js";
import type { StudyText } from "./trial-reads.js";

/**
 * Puts in place of a study's space one in which each parameter has one value: whoever reads them, also in another module, gets these.
 * @param property the option `space`.
 * @returns false where the module does not import `defineStudy` in a way that is understood.
 */
export function fixSpace(source: StudyText, root: SyntaxNode, property: SyntaxNode, edits: Edits): boolean {
  const { text, comment, params, paramNames } = source;
  const values = nested(params, paramNames);
  const wanted = ["categorical", ...(Object.values(values).some(isBranch) ? ["branch"] : [])];
  const local = importedNames(source, root, wanted, edits);
  if (!local) return false;
  const indent = /[ \t]*$/.exec(text.slice(0, property.from))![0];
  edits.replace(property.from, property.to, `${comment}\n${indent}space: ${spaceOf(values, local, indent)}`);
  return true;
}

function spaceOf(params: NestedParams, local: ReadonlyMap<string, string>, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(params).map(([name, value]) => {
    if (!isBranch(value)) return `${inner}${key(name)}: ${local.get("categorical")}([${literal(value, "")}]),\n`;
    const { kind, ...rest } = value;
    const part = `${key(kind as string)}: ${spaceOf(rest, local, inner)}`;
    return `${inner}${key(name)}: ${local.get("branch")}({ ${part} }),\n`;
  });
  return lines.length === 0 ? "{}" : `{\n${lines.join("")}${indent}}`;
}

function isBranch(value: NestedParams[string] | undefined): value is NestedParams {
  return typeof value === "object" && value !== null;
}

/** What functions of the package are called here; those that are missing are imported. */
function importedNames(
  { text, names }: StudyText,
  root: SyntaxNode,
  wanted: readonly string[],
  edits: Edits,
): ReadonlyMap<string, string> | undefined {
  const textOf = (node: SyntaxNode | undefined) => (node ? text.slice(node.from, node.to) : "");
  for (const statement of topStatements(root)) {
    const from = statement.name === "ImportDeclaration" ? statement.getChild("String") : null;
    if (!from || textOf(from).slice(1, -1) !== "tunelens" || statement.getChild("type")) continue;
    const specifiers = specifiersOf(statement.getChild("ImportGroup"));
    const study = specifiers.find(([first]) => textOf(first) === "defineStudy");
    if (!study) continue;
    const found = new Map(specifiers.map((specifier) => [textOf(specifier[0]), textOf(specifier.at(-1))]));
    const missing = wanted.filter((name) => !found.has(name));
    if (missing.some((name) => !names.isFree(name))) return undefined;
    const { to } = study.at(-1)!;
    if (missing.length > 0) edits.replace(to, to, `, ${missing.join(", ")}`);
    return new Map(wanted.map((name) => [name, found.get(name) ?? name]));
  }
  return undefined;
}
