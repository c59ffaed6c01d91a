/** `npm run docs:api`: writes the API reference, docs/api/, from the docstrings of what `tunelens` and `tunelens/training` export. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Entry {
  readonly page: string;
  readonly module: string;
  readonly source: string;
}

const entries: readonly Entry[] = [
  { page: "docs/api/tunelens.md", module: "tunelens", source: "src/index.ts" },
  { page: "docs/api/training.md", module: "tunelens/training", source: "src/tensorflow/index.ts" },
];

interface Exported {
  readonly name: string;
  readonly symbol: ts.Symbol;
  readonly declarations: readonly ts.Declaration[];
}

/** The pages of the reference: their text by path. */
export function apiPages(): ReadonlyMap<string, string> {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(
    entries.map(({ source }) => join(root, source)),
    { ...options, noEmit: true },
  );
  return new Map(
    entries.map((entry) => [entry.page, pageOf(entry, exportsOf(program, entry), program.getTypeChecker())]),
  );
}

function exportsOf(program: ts.Program, { source }: Entry): readonly Exported[] {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(join(root, source))!)!;
  return checker
    .getExportsOfModule(module)
    .map((exported) => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      return { name: exported.name, symbol, declarations: symbol.declarations ?? [] };
    })
    .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
}

const sections: readonly (readonly [string, (declaration: ts.Declaration) => boolean])[] = [
  ["Functions", ts.isFunctionDeclaration],
  ["Classes", ts.isClassDeclaration],
  ["Types", () => true],
];

function pageOf({ module }: Entry, exported: readonly Exported[], checker: ts.TypeChecker): string {
  const lines = [
    `# API of \`${module}\``,
    "",
    "Generated from the docstrings by `npm run docs:api`. The editor shows the same text when you hover over a name.",
  ];
  let left = exported;
  for (const [title, belongs] of sections) {
    const members = left.filter(({ declarations: [first] }) => first && belongs(first));
    left = left.filter((one) => !members.includes(one));
    if (members.length > 0) lines.push("", `## ${title}`, ...members.flatMap((member) => describe(member, checker)));
  }
  return `${lines.join("\n")}\n`;
}

function describe({ name, symbol, declarations }: Exported, checker: ts.TypeChecker): string[] {
  const code = declarations.map(signatureOf).join("\n");
  return ["", `### ${name}`, "", ...docsOf(symbol, checker), "```typescript", code, "```"];
}

function docsOf(symbol: ts.Symbol, checker: ts.TypeChecker): string[] {
  const text = oneLine(ts.displayPartsToString(symbol.getDocumentationComment(checker)));
  const tags = symbol.getJsDocTags(checker).map(({ name, text }) => {
    const words = oneLine(ts.displayPartsToString(text));
    return `- _${name}_ ${name === "param" ? words.replace(/^(\S+)/, "`$1`") : words}`;
  });
  return [...(text ? [text, ""] : []), ...(tags.length > 0 ? [...tags, ""] : [])];
}

/** A docstring's lines are wrapped; a paragraph of a page is one line. */
function oneLine(text: string): string {
  const linked = text.replaceAll(/\{@link (\w+)\}/g, "`$1`");
  return linked.replaceAll(/(\S)\n(?!\n)\s*(?=\S)/g, "$1 ").trim();
}

/** A declaration without what it does. */
function signatureOf(declaration: ts.Declaration): string {
  if (ts.isClassDeclaration(declaration)) return classOf(declaration);
  if (ts.isFunctionDeclaration(declaration)) return `${headOf(declaration)};`;
  return dedent(declaration.getText()).replace(/^export /, "");
}

function classOf(declaration: ts.ClassDeclaration): string {
  const source = declaration.getSourceFile().text;
  const firstMember = declaration.members.pos;
  const head = source
    .slice(declaration.getStart(), firstMember)
    .trim()
    .replace(/^export /, "");
  const members = declaration.members
    .filter(isPublic)
    .map((member) => `  ${memberOf(member).replaceAll("\n", "\n  ")}`);
  return members.length === 0 ? `${head}}` : `${head}\n${members.join("\n")}\n}`;
}

function isPublic(member: ts.ClassElement): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return (ts.getCombinedModifierFlags(member) & hidden) === 0;
}

function memberOf(member: ts.ClassElement): string {
  const comments = ts.getLeadingCommentRanges(member.getSourceFile().text, member.pos) ?? [];
  const docs = comments.map(({ pos, end }) => dedent(member.getSourceFile().text.slice(pos, end)));
  // A constructor's parameters may be fields that nobody else sees.
  const head = headOf(member).replaceAll(/\b(private|protected) (readonly )?/g, "");
  return [...docs, `${head};`].join("\n");
}

/** What stands before a function's body, or a property's value. */
function headOf(node: ts.FunctionDeclaration | ts.ClassElement): string {
  const source = node.getSourceFile();
  const body = "body" in node ? (node.body as ts.Node | undefined) : undefined;
  const value = ts.isPropertyDeclaration(node) ? node.initializer : undefined;
  const end = body?.getStart(source) ?? value?.getFullStart() ?? node.getEnd();
  const head = source.text.slice(node.getStart(source), end).trim().replace(/[;=]$/, "").trim();
  return dedent(head).replace(/^(export )?(async )?/, "");
}

/** The lines after the first are indented by as much less as the least of them is. */
function dedent(text: string): string {
  const [first, ...rest] = text.split("\n");
  const indents = rest.filter((line) => line.trim() !== "").map((line) => /^ */.exec(line)![0].length);
  const least = Math.max(0, Math.min(...indents) - (rest.every((line) => /^\s*(\*|$)/.test(line)) ? 1 : 0));
  return [first, ...rest.map((line) => line.slice(Number.isFinite(least) ? least : 0))].join("\n");
}

if (import.meta.main) for (const [page, text] of apiPages()) writeFileSync(join(root, page), text);
