import { shortened, visibleLine, visibleLines } from "../format/visible-text.js";

/**
 * Makes text safe for VS Code. In many places VS Code turns text into links, buttons, and icons: `[label](command:…)` in notifications
 * and input boxes, `$(icon)` in lists and the status bar, Markdown in tooltips. A command link runs without asking, so text from a database
 * could run anything.
 */

/** A zero-width character that does not break lines and is invisible in every font; the text looks the same. */
const WORD_JOINER = "\u2060";

/** The maximum length in a list, a lens, or the status bar. */
const LINE_LENGTH = 300;
/** VS Code itself truncates a notification after 1,000 characters. */
const MESSAGE_LENGTH = 900;

/** One line: a label, a title, a description. */
export function inertLine(text: string, length = LINE_LENGTH): string {
  return withoutMarkup(fitting(text, length, visibleLine));
}

/** A message or a prompt, with its lines. */
export function inertMessage(text: string, length = MESSAGE_LENGTH): string {
  return withoutMarkup(fitting(text, length, visibleLines));
}

/** VS Code recognizes `[a](b)` and `$(c)` only if the brackets are adjacent. */
function withoutMarkup(text: string): string {
  return text.replace(/\](?=\()|\$(?=\()/g, `$&${WORD_JOINER}`);
}

/** Shortened first, since it may be long, and again, since escaping makes it longer. */
function fitting(text: string, length: number, visible: (text: string) => string): string {
  return shortened(visible(shortened(text, length)), length);
}

/** A paragraph of Markdown that shows the text literally. */
export function markdownParagraph(text: string): string {
  // A backslash before any punctuation is that punctuation: no link, no emphasis, no HTML, no list, no address that becomes a link.
  return fitting(text, MESSAGE_LENGTH, visibleLine).replace(/[!-/:-@[-`{-~]/g, "\\$&");
}

/** A block of Markdown that shows the text as code, whatever fences are in it. */
export function markdownCode(text: string, language: "text" | "yaml"): string {
  const shown = fitting(text, 4 * MESSAGE_LENGTH, visibleLines);
  const longest = Math.max(2, ...[...shown.matchAll(/`+/g)].map(([fence]) => fence.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${shown}\n${fence}`;
}
