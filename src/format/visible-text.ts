/**
 * Makes foreign text (names, values, and messages from files, databases, processes, or packages) safe to show: characters that would act on
 * the display instead of being shown are escaped.
 */

/** Characters that do something other than being visible, except those that join letters or emoji, or select their appearance. */
export const ACTING =
  /[\p{Cc}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]|\p{Cs}|[\u00AD\u180E]/gu;

const short: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** `\u001B` instead of an escape character, `\n` instead of a line break: always one line of text. */
export function visibleLine(text: string): string {
  return text.replace(ACTING, (character) => short.get(character) ?? escaped(character));
}

/** The same, with its lines and tabs kept. */
export function visibleLines(text: string): string {
  return text.replace(ACTING, (character, at: number) => {
    const isBreak = character === "\n" || character === "\t" || (character === "\r" && text[at + 1] === "\n");
    return isBreak ? character : (short.get(character) ?? escaped(character));
  });
}

/** At most `length` characters, with the middle left out, since names often differ at their end. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const tail = Math.floor((length - 1) / 3);
  const head = length - 1 - tail;
  return `${whole(text.slice(0, head))}…${whole(text.slice(text.length - tail))}`;
}

/** One visible line of at most `length` characters: shortened first, since it may be long, and again, since escaping makes it longer. */
export function shortLine(text: string, length: number): string {
  return shortened(visibleLine(shortened(text, length)), length);
}

/** Removes half of a character that was cut in two. */
function whole(text: string): string {
  return text.replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, "");
}

/** Each unit of a text as JSON and JavaScript escape it in a string: `\\u001b`. */
export function escapedUnits(text: string): string {
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!.toString(16).toUpperCase();
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}
