import { QueryError } from "./query-error.js";

export interface Token {
  /** `word`: as it is; `name`: a name with backticks; `text`: in quotes. */
  readonly kind: "word" | "name" | "text" | "operator" | "mark" | "end";
  /** Without quotes, backticks, and scope. */
  readonly text: string;
  /** Of a name: what stands before the backtick, such as `params`. */
  readonly scope: string | null;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

const MAX_CHARS = 10_000;

const patterns: readonly (readonly [Token["kind"], RegExp])[] = [
  ["operator", /(?:!=|<=|>=|==|<>|=|<|>)/y],
  ["mark", /[(),]/y],
  ["name", /(?:[\w.]+\.)?`(?:[^`]|``)*`/y],
  ["text", /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy],
  ["word", /[^\s"'`=!<>(),]+/y],
];

/** The parts of a query, with one at its end. @throws QueryError */
export function tokensOf(query: string): readonly Token[] {
  if (query.length > MAX_CHARS)
    throw new QueryError(`A filter has at most ${MAX_CHARS} characters.`, MAX_CHARS, query.length);
  const tokens: Token[] = [];
  let from = 0;
  while (from < query.length) {
    const space = /\s*/y;
    space.lastIndex = from;
    from += space.exec(query)![0].length;
    if (from === query.length) break;
    const token = tokenAt(query, from);
    tokens.push(token);
    from = token.to;
  }
  return [...tokens, { kind: "end", text: "", scope: null, from: query.length, to: query.length }];
}

/** The parts of a query before a place in it, which may be in the middle of one: a quote that is not closed is. */
export function tokensBefore(query: string, place: number): readonly Token[] {
  const text = query.slice(0, place);
  for (const end of ["", "`", '"', "'"]) {
    try {
      return tokensOf(text + end)
        .slice(0, -1)
        .map((token) => ({ ...token, to: Math.min(token.to, place) }));
    } catch {
      // Another quote may be the open one.
    }
  }
  return [];
}

function tokenAt(query: string, from: number): Token {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = from;
    const found = pattern.exec(query)?.[0];
    if (found !== undefined) return { kind, ...contentOf(kind, found), from, to: from + found.length };
  }
  const character = query[from]!;
  if (character === "!") throw new QueryError('"!" is not an operator.', from, from + 1, "not");
  throw new QueryError(`${character} is not closed.`, from, query.length);
}

function contentOf(kind: Token["kind"], found: string): Pick<Token, "text" | "scope"> {
  if (kind === "text") return { text: found.slice(1, -1).replace(/\\(.)/gs, "$1"), scope: null };
  if (kind !== "name") return { text: found === "==" ? "=" : found === "<>" ? "!=" : found, scope: null };
  const tick = found.indexOf("`");
  return { text: found.slice(tick + 1, -1).replaceAll("``", "`"), scope: tick === 0 ? null : found.slice(0, tick - 1) };
}
