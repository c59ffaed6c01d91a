import type { Json, TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import type { Comparison, Expression, Literal, Operator } from "./expression.js";
import { equalIgnoringCase, type Field, fieldsOf, findField, type QueriedStudy } from "./fields.js";
import { parseBytes, parseDuration, parseNumber, parseTime, type TimeSpan } from "./literals.js";
import { parse } from "./parse.js";
import { QueryError } from "./query-error.js";
import { stateNamed, stateNames } from "./state-names.js";

type Predicate<T> = (tested: T) => boolean;

/**
 * Whether a trial matches a query. A trial without a comparison's field does not match it; `!=` and `not in` are the opposites of `=` and
 * `in`, and so match it.
 * @throws QueryError
 */
export function compileFilter(query: string, study: QueriedStudy): Predicate<TrialSnapshot> {
  const expression = parse(query);
  return expression === null ? () => true : predicateOf(expression, fieldsOf(study));
}

/** The fields that a query names. @throws QueryError */
export function fieldsIn(query: string, study: QueriedStudy): readonly Field[] {
  const fields = fieldsOf(study);
  const named = (expression: Expression): Field[] => {
    if (expression.type === "comparison") return [findField(fields, expression.field)];
    return expression.type === "not" ? named(expression.operand) : expression.parts.flatMap(named);
  };
  const expression = parse(query);
  return expression === null ? [] : named(expression);
}

function predicateOf(expression: Expression, fields: readonly Field[]): Predicate<TrialSnapshot> {
  switch (expression.type) {
    case "comparison":
      return comparison(expression, findField(fields, expression.field));
    case "not": {
      const operand = predicateOf(expression.operand, fields);
      return (trial) => !operand(trial);
    }
    case "and": {
      const parts = expression.parts.map((part) => predicateOf(part, fields));
      return (trial) => parts.every((part) => part(trial));
    }
    case "or": {
      const parts = expression.parts.map((part) => predicateOf(part, fields));
      return (trial) => parts.some((part) => part(trial));
    }
  }
}

function comparison({ operator, values }: Comparison, field: Field): Predicate<TrialSnapshot> {
  const { get } = field;
  if (operator === "exists") return (trial) => get(trial) !== undefined;
  const positive = opposites[operator] ?? operator;
  const tests = values.map((literal) => valueTest(field, positive, literal));
  const matches = (trial: TrialSnapshot) => {
    const value = get(trial);
    return value !== undefined && tests.some((test) => test(value));
  };
  return positive === operator ? matches : (trial) => !matches(trial);
}

/** `a in (b, c)` is `a = b or a = c`. */
const opposites: Partial<Record<Operator, Operator>> = { "!=": "=", "not in": "in" };

function valueTest(field: Field, operator: Operator, literal: Literal): Predicate<Json> {
  switch (field.kind) {
    case "number":
      return numeric(operator, read(literal, field, parseNumber, "a number"), literal);
    case "duration":
      return numeric(operator, read(literal, field, parseDuration, "a duration, such as 90s or 5m"), literal);
    case "bytes":
      return numeric(operator, read(literal, field, parseBytes, "a size, such as 500MB"), literal);
    case "time":
      return temporal(
        operator,
        read(literal, field, parseTime, 'a time, such as 2026-03-14 or "2026-03-14 09:26"'),
        literal,
      );
    case "state":
      return state(operator, literal);
    case "text":
      return textual(operator, literal);
    case "any":
      return anything(operator, literal);
  }
}

function read<T>(
  { text, from, to }: Literal,
  { name }: Field,
  parsed: (text: string) => T | undefined,
  what: string,
): T {
  const value = parsed(text);
  if (value === undefined) throw new QueryError(`${name} is compared with ${what}, not with ${text}.`, from, to);
  return value;
}

function numeric(operator: Operator, bound: number, literal: Literal): Predicate<Json> {
  switch (operator) {
    case "<":
      return (value) => typeof value === "number" && value < bound;
    case "<=":
      return (value) => typeof value === "number" && value <= bound;
    case ">":
      return (value) => typeof value === "number" && value > bound;
    case ">=":
      return (value) => typeof value === "number" && value >= bound;
    case "contains":
      throw new QueryError("Only text and lists can contain something.", literal.from, literal.to);
    default:
      return Number.isNaN(bound) ? (value) => Number.isNaN(value) : (value) => value === bound;
  }
}

/** A day is before all that comes after it, and equals every moment in it. */
function temporal(operator: Operator, { from, to }: TimeSpan, literal: Literal): Predicate<Json> {
  if (operator === "<" || operator === ">=") return numeric(operator, from, literal);
  if (operator === "<=") return numeric("<", to, literal);
  if (operator === ">") return numeric(">=", to, literal);
  if (operator === "contains") return numeric(operator, from, literal);
  return (value) => typeof value === "number" && value >= from && value < to;
}

function state(operator: Operator, { text, from, to }: Literal): Predicate<Json> {
  const named = stateNamed(text);
  if (named === undefined) throw new QueryError(`No state is named ${text}. Use ${stateNames.join(", ")}.`, from, to);
  if (operator !== "=" && operator !== "in")
    throw new QueryError("States are compared with =, !=, in, or not in.", from, to);
  return (value) => value === named;
}

/** A bare word ignores case; what is in quotes does not. `contains` ignores it. */
function textual(operator: Operator, { text, isQuoted }: Literal): Predicate<Json> {
  if (operator === "contains") {
    const part = text.toLowerCase();
    return (value) => typeof value === "string" && value.toLowerCase().includes(part);
  }
  if (operator === "=" || operator === "in")
    return isQuoted
      ? (value) => value === text
      : (value) => typeof value === "string" && equalIgnoringCase(value, text);
  return (value) => typeof value === "string" && ordered(operator, value < text ? -1 : value > text ? 1 : 0);
}

function ordered(operator: Operator, order: number): boolean {
  return operator === "<" ? order < 0 : operator === "<=" ? order <= 0 : operator === ">" ? order > 0 : order >= 0;
}

/** Parameters and attributes: a number is compared as one, true, false and null are themselves, lists by their items. */
function anything(operator: Operator, literal: Literal): Predicate<Json> {
  const number = literal.isQuoted ? undefined : parseNumber(literal.text);
  const asText = textual(operator, literal);
  const asNumber = number === undefined || operator === "contains" ? undefined : numeric(operator, number, literal);
  const isEquality = operator === "=" || operator === "in";
  const word = literal.isQuoted ? undefined : literal.text.toLowerCase();
  const test = (value: Json): boolean => {
    if (typeof value === "string") return asText(value);
    if (typeof value === "number") return asNumber?.(value) ?? false;
    if (typeof value === "boolean" || value === null) return isEquality && word === String(value);
    if (Array.isArray(value))
      return (value as readonly Json[]).some((item) => (operator === "contains" ? equals(item) : test(item)));
    return isEquality && JSON.stringify(value) === literal.text;
  };
  const equals = operator === "contains" ? anything("=", literal) : test;
  return test;
}
