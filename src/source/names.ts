import type { SyntaxNode } from "@lezer/common";

/** Where a text uses names and where it declares them. */
export class Names {
  private readonly uses = new Map<string, SyntaxNode[]>();
  private readonly declarations = new Map<string, SyntaxNode[]>();

  constructor(text: string, root: SyntaxNode) {
    root.cursor().iterate((ref) => {
      const kind = kindOf(ref.name, () => ref.node);
      if (kind === undefined) return;
      const name = text.slice(ref.from, ref.to);
      const map = kind === "use" ? this.uses : this.declarations;
      const nodes = map.get(name);
      if (nodes) nodes.push(ref.node);
      else map.set(name, [ref.node]);
    });
  }

  /** Whether it is free to be declared anywhere. */
  isFree(name: string): boolean {
    return !this.uses.has(name) && !this.declarations.has(name);
  }

  usesOf(name: string, within?: SyntaxNode): readonly SyntaxNode[] {
    return (this.uses.get(name) ?? []).filter((node) => isWithin(node, within));
  }

  /** Whether something declares the name anew within a node. */
  declares(name: string, within: SyntaxNode): boolean {
    return (this.declarations.get(name) ?? []).some((node) => isWithin(node, within));
  }

  used(): Iterable<string> {
    return this.uses.keys();
  }
}

function kindOf(type: string, node: () => SyntaxNode): "use" | "declaration" | undefined {
  if (type === "VariableDefinition" || type === "TypeDefinition")
    return isImportedAs(node()) ? undefined : "declaration";
  if (type === "VariableName" || type === "TypeName" || type.startsWith("JSX")) return "use";
  // `{ name }`
  if (type === "PropertyDefinition" && isShorthand(node())) return "use";
  return undefined;
}

function isShorthand({ parent }: SyntaxNode): boolean {
  return parent?.name === "Property" && parent.firstChild?.to === parent.to;
}

/** In `import { a }` the name is no declaration that hides another. */
function isImportedAs({ parent }: SyntaxNode): boolean {
  return parent?.name === "ImportGroup" || parent?.name === "ImportDeclaration";
}

function isWithin({ from, to }: SyntaxNode, outer: SyntaxNode | undefined): boolean {
  return outer === undefined || (outer.from <= from && to <= outer.to);
}
