/**
 * Text that nobody of ours wrote (a name, a value, a message; from a file, a database, a process, a package) as it may be shown: what would
 * act on its reader, instead of being read, is written out.
 */

/** Which characters do something other than being seen. Those that join letters or emoji, and select how one looks, stay. */
export const ACTING =
  /[\p{Cc}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]|\p{Cs}|[\u00AD\u180E]/gu;

const short: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** `\u001B` instead of an escape character, `\n` instead of a new line: one line of text, whatever it held. */
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

/** At most `length` characters: the middle is left out, since names often differ at their end, and a sentence begins and ends around one. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const tail = Math.floor((length - 1) / 3);
  const head = length - 1 - tail;
  return `${whole(text.slice(0, head))}…${whole(text.slice(text.length - tail))}`;
}

/** Without the half of a character that was cut in two. */
function whole(text: string): string {
  return text.replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, "");
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!.toString(16).toUpperCase();
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}
