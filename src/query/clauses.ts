import type { ShownState } from "../format/shown-state.js";
import type { Expression } from "./expression.js";
import { parse } from "./parse.js";
import { stateName, stateNamed } from "./state-names.js";

/** A filter as a list of clauses, all of which hold. */

export function joinClauses(clauses: readonly string[]): string {
  return clauses.length === 1 ? clauses[0]! : clauses.map((clause) => `(${clause})`).join(" and ");
}

/** Adds a clause; an earlier one about the same fields gives way to it. */
export function withClause(clauses: readonly string[], clause: string): readonly string[] {
  const about = fieldNames(clause);
  const isReplaced = (other: string) => about !== null && fieldNames(other) === about;
  const at = clauses.findIndex(isReplaced);
  const others = clauses.filter((other) => !isReplaced(other));
  return at < 0 ? [...others, clause] : others.toSpliced(at, 0, clause);
}

/** The same for the same fields; null for a clause with an error. */
function fieldNames(clause: string): string | null {
  const names = new Set<string>();
  const add = (expression: Expression): void => {
    if (expression.type === "comparison") names.add(`${expression.field.scope ?? ""}.${expression.field.text}`);
    else if (expression.type === "not") add(expression.operand);
    else for (const part of expression.parts) add(part);
  };
  try {
    const expression = parse(clause);
    if (expression === null) return null;
    add(expression);
  } catch {
    return null;
  }
  return [...names].sort().join("\n");
}

/** The states that a clause is about, where it says no more than in which of them a trial is. */
function statesOf(clause: string): readonly ShownState[] | null {
  try {
    const expression = parse(clause);
    if (expression?.type !== "comparison" || expression.field.text.toLowerCase() !== "state") return null;
    if (expression.field.isQuoted || !["=", "in"].includes(expression.operator)) return null;
    const states = expression.values.map(({ text }) => stateNamed(text));
    return states.every((state) => state !== undefined) ? states : null;
  } catch {
    return null;
  }
}

/** The states that the first clause about states alone lets through; none: no clause is. */
export function chosenStates(clauses: readonly string[]): readonly ShownState[] {
  return clauses.map(statesOf).find((states) => states !== null) ?? [];
}

/** Lets a state through beside those that the clause about states does, or no more. */
export function toggleState(clauses: readonly string[], state: ShownState): readonly string[] {
  const before = chosenStates(clauses);
  const after = before.includes(state) ? before.filter((other) => other !== state) : [...before, state];
  const at = clauses.findIndex((clause) => statesOf(clause) !== null);
  if (after.length === 0) return clauses.toSpliced(at, 1);
  const names = after.map(stateName);
  const clause = names.length === 1 ? `state = ${names[0]}` : `state in (${names.join(", ")})`;
  return at < 0 ? [...clauses, clause] : clauses.toSpliced(at, 1, clause);
}
