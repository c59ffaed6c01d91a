import { html as template, type TemplateResult } from "lit";

import { visibleLines } from "../src/format/visible-text.js";

/**
 * The one door to what the page shows. Lit makes no markup of a text; this writes out, too, what would turn a text around or hide it.
 * Properties keep their values as they are: they are data, which a template of its own shows. ESLint forbids the way around.
 */
export function html(strings: TemplateStringsArray, ...values: unknown[]): TemplateResult<1> {
  return template(strings, ...values.map((value, i) => (isProperty(strings[i]!) ? value : visible(value))));
}

/** Whether what stands before a value is `.name=`, `?name=` or `@name=`. */
function isProperty(before: string): boolean {
  return /\s[.?@][\w-]+=["']?$/.test(before);
}

function visible(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(visible);
  return typeof value === "string" ? visibleLines(value) : value;
}
