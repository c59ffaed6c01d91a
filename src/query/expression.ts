/** A query as it is understood. */
export type Expression =
  | { readonly type: "and" | "or"; readonly parts: readonly Expression[] }
  | { readonly type: "not"; readonly operand: Expression }
  | Comparison;

export interface Comparison {
  readonly type: "comparison";
  readonly field: FieldName;
  readonly operator: Operator;
  /** One; for `in` at least one; for `exists` none. */
  readonly values: readonly Literal[];
}

export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in" | "contains" | "exists";

export interface FieldName {
  readonly text: string;
  /** What stood before a backtick, such as `params`. */
  readonly scope: string | null;
  /** Whether it stood in backticks, and so is the name of a parameter, an attribute, or an objective. */
  readonly isQuoted: boolean;
  readonly from: number;
  readonly to: number;
}

export interface Literal {
  readonly text: string;
  readonly isQuoted: boolean;
  readonly from: number;
  readonly to: number;
}
