import type { Comparison, Expression, FieldName, Literal, Operator } from "./expression.js";
import { QueryError } from "./query-error.js";
import { type Token, tokensOf } from "./tokens.js";

const MAX_DEPTH = 100;

const keywords: readonly string[] = ["and", "or", "not", "in", "contains", "exists"];

/** What is written for `and`, `or` and `not` in other languages. */
const foreign: ReadonlyMap<string, string> = new Map([
  ["&&", "and"],
  ["&", "and"],
  ["||", "or"],
  ["|", "or"],
]);

const UNIT = /^(?:ms|s|sec|m|min|h|d|B|kB|KB|MB|GB|KiB|MiB|GiB)$/;
const NUMBER_WITH_UNIT = /^[+-]?[\d.]+[a-z]+$/i;

/** @returns null for a query without a word, which every trial matches. @throws QueryError */
export function parse(query: string): Expression | null {
  const parser = new Parser(tokensOf(query));
  return parser.whole();
}

/** Whether a word cannot be the name of a field without backticks. */
export function isKeyword(word: string): boolean {
  return keywords.includes(word.toLowerCase());
}

/**
 * By recursive descent:
 *
 *     or         = and { "or" and }
 *     and        = not { "and" not }
 *     not        = "not" not | "(" or ")" | comparison
 *     comparison = field ( operator value | ["not"] "in" "(" value { "," value } ")" | "contains" value | "exists" )
 */
class Parser {
  private at = 0;
  private depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Expression | null {
    if (this.isAt("end")) return null;
    const expression = this.or();
    if (!this.isAt("end")) this.fail("Write and or or between conditions", foreign.get(this.next.text));
    return expression;
  }

  private or(): Expression {
    return this.series("or", () => this.series("and", () => this.not()));
  }

  private series(type: "and" | "or", part: () => Expression): Expression {
    const parts = [part()];
    while (this.skip(type)) parts.push(part());
    return parts.length === 1 ? parts[0]! : { type, parts };
  }

  private not(): Expression {
    if (++this.depth > MAX_DEPTH) this.fail(`A filter has at most ${MAX_DEPTH} conditions in each other`);
    const expression = this.skip("not")
      ? ({ type: "not", operand: this.not() } as const)
      : this.isAt("mark", "(")
        ? this.group()
        : this.comparison();
    this.depth--;
    return expression;
  }

  private group(): Expression {
    this.take();
    const inner = this.or();
    this.close();
    return inner;
  }

  private comparison(): Comparison {
    const field = this.field();
    const operator = this.operator(field);
    const values = operator === "exists" ? [] : operator.endsWith("in") ? this.list() : [this.literal()];
    return { type: "comparison", field, operator, values };
  }

  private field(): FieldName {
    const { kind, text, scope, from, to } = this.next;
    if ((kind !== "word" && kind !== "name") || (kind === "word" && isKeyword(text)))
      this.fail("Expected a field, such as value, state, or a parameter's name");
    this.take();
    return { text, scope, isQuoted: kind === "name", from, to };
  }

  private operator(field: FieldName): Operator {
    if (this.next.kind === "operator") return this.take().text as Operator;
    if (this.skip("contains")) return "contains";
    if (this.skip("exists")) return "exists";
    if (this.skip("in")) return "in";
    if (this.skip("not")) {
      if (this.skip("in")) return "not in";
      this.fail("Expected in after not");
    }
    return this.fail(`Expected an operator after ${field.text}: =, !=, <, <=, >, >=, in, contains, or exists`);
  }

  private list(): readonly Literal[] {
    if (this.next.text !== "(" || this.next.kind !== "mark")
      this.fail("Expected a list in parentheses, such as (1, 2)");
    this.take();
    const values = [this.literal()];
    while (this.isAt("mark", ",")) {
      this.take();
      values.push(this.literal());
    }
    this.close();
    return values;
  }

  private literal(): Literal {
    const { kind, text, from } = this.next;
    if (kind !== "word" && kind !== "text") this.fail("Expected a value");
    let { to } = this.take();
    if (kind === "text") return { text, isQuoted: true, from, to };
    let whole = text;
    while (this.continuesNumber(whole)) {
      whole += this.next.text;
      to = this.take().to;
    }
    return { text: whole, isQuoted: false, from, to };
  }

  /** `5 min`, `1 h 30 min`. */
  private continuesNumber(text: string): boolean {
    if (this.next.kind !== "word" || !/^[+-]?[\d.]/.test(text)) return false;
    const after = this.tokens[this.at + 1]!;
    if (UNIT.test(this.next.text)) return /[\d.]$/.test(text);
    return NUMBER_WITH_UNIT.test(text) && /^[\d.]+$/.test(this.next.text) && UNIT.test(after.text);
  }

  private close(): void {
    if (!this.isAt("mark", ")")) this.fail("Expected a closing parenthesis");
    this.take();
  }

  private get next(): Token {
    return this.tokens[this.at]!;
  }

  private isAt(kind: Token["kind"], text = this.next.text): boolean {
    return this.next.kind === kind && this.next.text === text;
  }

  private take(): Token {
    const token = this.next;
    if (token.kind !== "end") this.at++;
    return token;
  }

  private skip(word: string): boolean {
    const { kind, text } = this.next;
    if (kind !== "word" || text.toLowerCase() !== word) return false;
    this.at++;
    return true;
  }

  private fail(expected: string, suggestion: string | null = null): never {
    const { from, to, kind } = this.next;
    throw new QueryError(kind === "end" ? `${expected} at the end.` : `${expected}.`, from, to, suggestion);
  }
}
