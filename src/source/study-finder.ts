import type { SyntaxNode } from "@lezer/common";
import type { Dialect } from "./dialect.js";
import {
  type FoundParam,
  type Meanings,
  numberAt,
  paramsOfSpace,
  stringValue,
  suggestedParams,
} from "./found-params.js";
import { topFunctions } from "./functions.js";
import {
  childrenOf,
  declarationIn,
  declarators,
  firstChild,
  parse,
  propertiesOf,
  specifiersOf,
  topStatements,
  unwrap,
} from "./syntax.js";

/**
 * Finds the studies a file defines by reading its text; the user's code never runs for this. Half-typed code is parsed as far as it goes.
 * What the text cannot say (a name that is computed, say) is null here; the training process knows it once the study was started.
 */
export interface FoundStudy {
  /** `default` or the name it is exported under; null: not exported, so it cannot be started. */
  readonly exportName: string | null;
  readonly name: string | null;
  /** The storage URL, when the file names one. */
  readonly storage: string | null;
  /** How many trials it asks for. */
  readonly trials: number | null;
  readonly seed: number | null;
  /** Offset of the statement `defineStudy` stands in; where the lens goes. */
  readonly start: number;
  /** Offset of the end of the `defineStudy(…)` call. */
  readonly end: number;
  /** Those of its space or, without one, of its `suggest…` calls, in the order of the text: as many as it shows. */
  readonly params: readonly FoundParam[];
}

/**
 * In the order of the text. A file that does not import `defineStudy` from `tunelens` has none.
 * @throws UnreadableSourceError
 */
export function findStudies(text: string, dialect: Dialect): FoundStudy[] {
  if (!text.includes("tunelens") || !text.includes("defineStudy")) return [];
  return new StudyReader(text, parse(text, dialect)).studies();
}

class StudyReader implements Meanings {
  /** What names of the package are called here: `int`, or `number` of `import { int as number }`. */
  private readonly imported = new Map<string, string>();
  /** Names that are the whole package here: `import * as t`. */
  private readonly namespaces = new Set<string>();
  /** What a name declared at the top is set to. */
  private readonly declared = new Map<string, SyntaxNode>();
  private readonly found: {
    call: SyntaxNode;
    statement: SyntaxNode;
    local: string | null;
    exportName: string | null;
  }[] = [];
  private readonly exportedLocals = new Map<string, string>();

  constructor(
    readonly text: string,
    private readonly root: SyntaxNode,
  ) {}

  studies(): FoundStudy[] {
    const statements = topStatements(this.root);
    for (const statement of statements) this.readImport(statement);
    for (const statement of statements) this.readDeclarations(statement);
    for (const statement of statements) this.readExports(statement);
    return this.found
      .map(({ call, statement, local, exportName }) => ({
        exportName: exportName ?? (local === null ? null : (this.exportedLocals.get(local) ?? null)),
        ...this.readOptions(call),
        start: statement.from,
        end: call.to,
      }))
      .sort((a, b) => a.start - b.start || a.end - b.end);
  }

  private readImport(statement: SyntaxNode): void {
    if (statement.name === "ImportDeclaration") {
      const parts = childrenOf(statement);
      if (parts[1]?.name === "type") return;
      if (this.isPackageString(parts.find((part) => part.name === "String"))) this.readImportClause(parts);
      else if (parts.at(-1)?.type.isError && this.isRequire(firstChild(statement.nextSibling)))
        // `import t = require("tunelens")`, which the grammar reads as two statements.
        this.addName(this.namespaces, parts[1]);
      return;
    }
    for (const { target, value } of declarators(statement)) {
      const loaded = value?.name === "AwaitExpression" ? value.lastChild : value;
      if (!this.isRequire(loaded)) continue;
      if (target.name === "VariableDefinition") this.addName(this.namespaces, target);
      for (const property of target.getChildren("PatternProperty"))
        this.imported.set(this.textOf(property.lastChild), this.textOf(property.firstChild));
    }
  }

  private readImportClause(parts: readonly SyntaxNode[]): void {
    if (parts.some((part) => part.name === "Star"))
      this.addName(
        this.namespaces,
        parts.find((part) => part.name === "VariableDefinition"),
      );
    const group = parts.find((part) => part.name === "ImportGroup");
    for (const specifier of specifiersOf(group)) {
      if (specifier[0]?.name === "type") continue;
      this.imported.set(this.textOf(specifier.at(-1)), this.textOf(specifier[0]));
    }
  }

  private readDeclarations(statement: SyntaxNode): void {
    for (const { target, value } of declarators(declarationIn(statement))) {
      if (target.name !== "VariableDefinition" || !value) continue;
      const name = this.textOf(target);
      this.declared.set(name, value);
      const exportName = statement.name === "ExportDeclaration" ? name : null;
      this.addStudy(value, statement, name, exportName);
    }
  }

  private readExports(statement: SyntaxNode): void {
    if (statement.name === "ExportDeclaration") this.readExport(statement);
    const assignment = statement.name === "ExpressionStatement" ? statement.getChild("AssignmentExpression") : null;
    if (assignment) this.readCommonJsExport(assignment, statement);
  }

  private readExport(statement: SyntaxNode): void {
    const parts = childrenOf(statement);
    if (parts[1]?.name === "default" || parts[1]?.name === "Equals") {
      this.readExported(parts[2] ?? null, statement, "default");
      return;
    }
    if (parts[1]?.name !== "ExportGroup" || parts.some((part) => part.name === "String")) return;
    for (const specifier of specifiersOf(parts[1])) {
      if (specifier[0]?.name === "type") continue;
      this.exportedLocals.set(this.textOf(specifier[0]), this.textOf(specifier.at(-1)));
    }
  }

  /** `module.exports = …`, `exports.a = …`, `module.exports.a = …` */
  private readCommonJsExport(assignment: SyntaxNode, statement: SyntaxNode): void {
    const target = this.textOf(assignment.firstChild).replace(/^module\.exports/, "exports");
    const value = assignment.lastChild;
    const named = /^exports\.([\w$]+)$/.exec(target);
    if (named) this.readExported(value, statement, named[1]!);
    if (target !== "exports") return;
    if (value?.name !== "ObjectExpression") {
      this.readExported(value, statement, "default");
      return;
    }
    for (const property of value.getChildren("Property")) {
      const name = this.textOf(property.firstChild);
      if (property.getChild(":")) this.readExported(property.lastChild, statement, name);
      else this.exportedLocals.set(name, name);
    }
  }

  private readExported(value: SyntaxNode | null, statement: SyntaxNode, exportName: string): void {
    const plain = unwrap(value);
    if (plain?.name === "VariableName") this.exportedLocals.set(this.textOf(plain), exportName);
    else this.addStudy(value, statement, null, exportName);
  }

  private addStudy(
    value: SyntaxNode | null,
    statement: SyntaxNode,
    local: string | null,
    exportName: string | null,
  ): void {
    const call = unwrap(value);
    if (call?.name === "CallExpression" && this.packageFunction(call) === "defineStudy")
      this.found.push({ call, statement, local, exportName });
  }

  packageFunction(call: SyntaxNode): string | null {
    const first = call.firstChild;
    const callee = first?.name === "InstantiationExpression" ? first.firstChild : first;
    if (callee?.name === "VariableName") return this.imported.get(this.textOf(callee)) ?? null;
    if (callee?.name !== "MemberExpression" || !this.namespaces.has(this.textOf(callee.firstChild))) return null;
    return this.textOf(callee.getChild("PropertyName"));
  }

  private readOptions(call: SyntaxNode): Pick<FoundStudy, "name" | "storage" | "trials" | "seed" | "params"> {
    const options = this.constant(call.getChild("ArgList")?.getChild("ObjectExpression") ?? this.firstArgument(call));
    const properties = propertiesOf(this.text, options);
    const valueOf = (name: string) => {
      const property = properties.get(name);
      return (property?.getChild(":") ? property.lastChild : property?.firstChild) ?? null;
    };
    return {
      name: stringValue(valueOf("name"), this),
      storage: stringValue(valueOf("storage"), this),
      trials: numberAt(valueOf("trials"), this)?.value ?? null,
      seed: numberAt(valueOf("seed"), this)?.value ?? null,
      params: this.readParams(call, valueOf("space"), valueOf("objective")),
    };
  }

  private readParams(call: SyntaxNode, space: SyntaxNode | null, objective: SyntaxNode | null): FoundParam[] {
    if (space) return paramsOfSpace(space, this);
    const isNamed = objective?.name === "VariableName" || objective?.name === "PropertyDefinition";
    const named = isNamed ? topFunctions(this.text, this.root).get(this.textOf(objective))?.body : undefined;
    return suggestedParams(named ?? call, this);
  }

  private firstArgument(call: SyntaxNode): SyntaxNode | null {
    return call.getChild("ArgList")?.getChild("VariableName") ?? null;
  }

  constant(node: SyntaxNode | null): SyntaxNode | null {
    const plain = unwrap(node);
    if (plain?.name !== "VariableName" && plain?.name !== "PropertyDefinition") return plain;
    return unwrap(this.declared.get(this.textOf(plain)) ?? null);
  }

  /** `require("tunelens")` or `import("tunelens")` */
  private isRequire(node: SyntaxNode | null | undefined): boolean {
    if (node?.name === "DynamicImport") return this.isPackageString(node.getChild("String"));
    if (node?.name !== "CallExpression" || this.textOf(node.firstChild) !== "require") return false;
    return this.isPackageString(node.getChild("ArgList")?.getChild("String"));
  }

  private isPackageString(node: SyntaxNode | null | undefined): boolean {
    return node !== null && node !== undefined && this.textOf(node).slice(1, -1) === "tunelens";
  }

  private addName(names: Set<string>, node: SyntaxNode | null | undefined): void {
    if (node) names.add(this.textOf(node));
  }

  private textOf(node: SyntaxNode | null | undefined): string {
    return node ? this.text.slice(node.from, node.to) : "";
  }
}
