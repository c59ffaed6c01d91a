import { shortened, visibleLine, visibleLines } from "../format/visible-text.js";

/**
 * Text as VS Code may be given it. In many places VS Code makes links, buttons and icons of text: of `[label](command:…)` in notifications
 * and input boxes, of `$(icon)` in lists and the status bar, of Markdown in tooltips. A command link runs without a question, so text that
 * comes from a database could run anything.
 */

/** A zero-width character that nothing breaks at and every font leaves out; the text reads and looks as before. */
const WORD_JOINER = "\u2060";

/** What a list, a lens or the status bar has room for. */
const LINE_LENGTH = 300;
/** VS Code itself cuts a notification after 1,000 characters, at its end. */
const MESSAGE_LENGTH = 900;

/** One line: a label, a title, a description. */
export function inertLine(text: string, length = LINE_LENGTH): string {
  return withoutMarkup(fitting(text, length, visibleLine));
}

/** A message or a prompt, with its lines. */
export function inertMessage(text: string, length = MESSAGE_LENGTH): string {
  return withoutMarkup(fitting(text, length, visibleLines));
}

/** `[a](b)` and `$(c)` are taken for what they are where the bracket stands right behind. */
function withoutMarkup(text: string): string {
  return text.replace(/\](?=\()|\$(?=\()/g, `$&${WORD_JOINER}`);
}

/** Shortened first, as it may be long, and again, as what is written out is longer. */
function fitting(text: string, length: number, visible: (text: string) => string): string {
  return shortened(visible(shortened(text, length)), length);
}

/** A paragraph of Markdown that shows the text and nothing else. */
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
