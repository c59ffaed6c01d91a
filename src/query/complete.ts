import { type Field, type FieldKind, fieldsOf, findField, type QueriedStudy } from "./fields.js";
import { fieldText, valueText } from "./field-text.js";
import { stateNames } from "./state-names.js";
import { type Token, tokensBefore } from "./tokens.js";

/** What can stand at a place of a query. */
export interface Completion {
  /** Where the text goes, in place of what stands there. */
  readonly from: number;
  readonly to: number;
  readonly options: readonly CompletionOption[];
  /** The field whose values can stand here, as it is written; null where no value can. */
  readonly valuesOf: string | null;
}

export interface CompletionOption {
  readonly text: string;
  /** What it is, such as `parameter`. */
  readonly detail: string;
}

type Expected = "field" | "operator" | "list" | "value" | "next in list" | "connective";

const kinds = { values: "objective", params: "parameter", attributes: "attribute" } as const;

/** What can stand where the cursor is. */
export function complete(query: string, cursor: number, study: QueriedStudy): Completion {
  const fields = fieldsOf(study);
  const tokens = tokensBefore(query, cursor);
  const last = tokens.at(-1);
  const isTyping = last !== undefined && last.to === cursor && ["word", "name", "text"].includes(last.kind);
  const { expected, field } = placeAfter(isTyping ? tokens.slice(0, -1) : tokens, fields);
  const from = isTyping ? last.from : cursor;
  const typed = query
    .slice(from, cursor)
    .replace(/^[`"']/, "")
    .toLowerCase();
  const options = optionsFor(expected, field, fields);
  const valuesOf = expected === "value" && field && field.kind !== "state" ? fieldText(field) : null;
  return { from, to: cursor, options: bestMatches(options, typed), valuesOf };
}

/** Of what there is, what matches what was typed: what begins with it first. */
export function bestMatches(options: readonly CompletionOption[], typed: string): readonly CompletionOption[] {
  const rank = ({ text }: CompletionOption) => {
    const at = text.toLowerCase().replaceAll(/[`"]/g, "").indexOf(typed.toLowerCase());
    return at < 0 ? 2 : Math.min(at, 1);
  };
  return options.filter((option) => rank(option) < 2).toSorted((a, b) => rank(a) - rank(b));
}

export function valueOption(value: null | boolean | number | string): CompletionOption {
  const isPlain = typeof value === "string" && /^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(value);
  return { text: isPlain ? value : valueText(value), detail: "value" };
}

/** What a query expects after tokens that may end anywhere. */
function placeAfter(tokens: readonly Token[], fields: readonly Field[]) {
  let expected: Expected = "field";
  let field: Field | null = null;
  for (const token of tokens) {
    const word = token.kind === "word" ? token.text.toLowerCase() : token.text;
    if (expected === "field" && (word === "not" || word === "(")) continue;
    if (expected === "field") field = fieldOf(token, fields);
    expected = after(expected, token.kind, word);
  }
  return { expected, field };
}

function after(expected: Expected, kind: Token["kind"], word: string): Expected {
  switch (expected) {
    case "field":
      return "operator";
    case "operator":
      if (kind === "operator" || word === "contains") return "value";
      return word === "exists" ? "connective" : word === "in" ? "list" : "operator";
    case "list":
      return word === "(" ? "value" : "list";
    case "value":
      return "next in list";
    case "next in list":
      return word === "," ? "value" : word === ")" ? "connective" : after("connective", kind, word);
    case "connective":
      return word === "and" || word === "or" ? "field" : "connective";
  }
}

function fieldOf({ kind, text, scope, from, to }: Token, fields: readonly Field[]): Field | null {
  try {
    return findField(fields, { text, scope, isQuoted: kind === "name", from, to });
  } catch {
    return null;
  }
}

function optionsFor(expected: Expected, field: Field | null, fields: readonly Field[]): readonly CompletionOption[] {
  const options = (texts: readonly string[], detail: string) => texts.map((text) => ({ text, detail }));
  switch (expected) {
    case "field":
      return fields.map((each) => ({ text: fieldText(each), detail: each.scope === null ? "" : kinds[each.scope] }));
    case "operator":
      return options(field === null ? [] : operatorsOf(field.kind), "");
    case "list":
      return options(["("], "");
    case "value":
      return field?.kind === "state" ? options(stateNames, "state") : [];
    case "next in list":
    case "connective":
      return options(["and", "or"], "");
  }
}

function operatorsOf(kind: FieldKind): readonly string[] {
  const equality = ["=", "!=", "in", "not in"];
  const order = ["<", "<=", ">", ">="];
  if (kind === "state") return equality;
  if (kind === "text") return ["contains", ...equality, "exists"];
  if (kind === "any") return [...equality, ...order, "contains", "exists"];
  return [...order, ...equality, "exists"];
}
