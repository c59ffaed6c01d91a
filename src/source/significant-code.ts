import type { SyntaxNode } from "@lezer/common";
import type { Dialect } from "./dialect.js";
import { parse } from "./syntax.js";

/** Spaces in these are part of a text. */
const VERBATIM = /String|Template|JSX|RegExp/;

/**
 * What of a text is run: its syntax tree without comments, and without the spaces between its parts. Texts that differ in nothing else give
 * the same.
 * @throws UnreadableSourceError
 */
export function significantCode(text: string, dialect: Dialect | "python"): string {
  const parts: string[] = [];
  const write = (node: SyntaxNode): void => {
    if (node.name.endsWith("Comment")) return;
    const between = (from: number, to: number) => {
      const gap = text.slice(from, to);
      if (gap !== "" && (VERBATIM.test(node.name) || gap.trim() !== "")) parts.push(JSON.stringify(gap));
    };
    parts.push(`${node.name}(`);
    let at = node.from;
    for (let child = node.firstChild; child; child = child.nextSibling) {
      between(at, child.from);
      write(child);
      at = child.to;
    }
    between(at, node.to);
    parts.push(")");
  };
  write(parse(text, dialect));
  return parts.join("");
}
