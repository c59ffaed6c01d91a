import type { SyntaxNode } from "@lezer/common";
import type { Dialect } from "./dialect.js";
import { significant } from "../format/numbers.js";
import { Edits } from "./edits.js";
import { fixSpace } from "./fixed-space.js";
import { functionAt, type FunctionSyntax, topFunctions } from "./functions.js";
import { literal, nested, type Param, text as textLiteral } from "./literals.js";
import { Names } from "./names.js";
import { findStudies } from "./study-finder.js";
import { childrenOf, declarationIn, declarators, parse, propertiesOf, topStatements, unwrap } from "./syntax.js";
import { type StudyText, TrialReads } from "./trial-reads.js";
import { withoutUnused } from "./unused.js";

/** The trial whose parameters become constants. */
export interface FixedTrial {
  readonly study: string;
  /** `default`, or the name it is exported under; null where nobody knows. */
  readonly exportName: string | null;
  readonly number: number;
  readonly values: readonly (number | string)[] | null;
  /** When it ended, milliseconds since the epoch. */
  readonly endedAt: number | null;
  /** By flat name. */
  readonly params: Readonly<Record<string, Param>>;
  /** Every parameter that any trial of the study has. */
  readonly paramNames: readonly string[];
}

/** What only a search needs. */
const searchOptions = ["sampler", "pruner", "terminator", "parallel", "enqueue"];

/**
 * A study file with one trial's parameters as plain constants: a study of one trial, that has its network and nothing to tune. Nothing is
 * run for it. Where the code reads its parameters in a way that cannot be followed, in another module say, its space gets these values
 * only; a study without a space has them as a constant beside it.
 * @returns null where the text has no such study.
 * @throws UnreadableSourceError
 */
export function fixedStudy(text: string, dialect: Dialect, trial: FixedTrial): string | null {
  const studies = findStudies(text, dialect);
  const found =
    studies.find(({ exportName }) => exportName !== null && exportName === trial.exportName) ??
    studies.find(({ name }) => name === trial.study);
  if (!found) return null;
  const { root, names, functions, options, objective } = syntaxOf(text, dialect, found.end);
  const { params, paramNames } = trial;
  const source: StudyText = { text, dialect, names, functions, params, paramNames, comment: comment(trial) };
  const reads = new TrialReads(source);
  if (objective && reads.replaceIn(objective)) {
    const removed = reads.paramsRemain ? searchOptions : ["space", ...searchOptions];
    editOptions(reads.edits, text, options, trial, removed);
    const fixed = withoutIdleTrial(reads.edits.apply(), dialect, studies.indexOf(found));
    return withoutUnused(fixed, dialect, source.names);
  }
  const edits = new Edits(text);
  const space = propertiesOf(text, options).get("space");
  const isFixed = space !== undefined && fixSpace(source, root, space, edits);
  if (isFixed) wrapNamedObjective(edits, text, options);
  editOptions(edits, text, options, trial, isFixed ? searchOptions : []);
  if (!isFixed) edits.replace(found.start, found.start, besides(source));
  return withoutUnused(edits.apply(), dialect, source.names);
}

function comment({ study, number, values, endedAt }: FixedTrial): string {
  const value = values === null ? "" : `: value ${values.map(shortNumber).join(", ")}`;
  const date = endedAt === null ? "" : `, ${new Date(endedAt).toISOString().slice(0, 10)}`;
  return `// Study ${textLiteral(study)}, trial ${number}${value}${date}.`;
}

function shortNumber(value: number | string): string {
  return String(significant(Number(value), 6));
}

/** The parameters, above a study whose code does not show where they belong. */
function besides({ comment, names, params, paramNames, dialect }: StudyText): string {
  const name = ["params", "best", "bestParams"].find((free) => names.isFree(free)) ?? "paramsOfTrial";
  const object = literal(nested(params, paramNames), "");
  return (
    `${comment} Tunelens could not trace how the code below reads its parameters. Use these values there.\n` +
    `export const ${name} = ${object}${dialect === "js" ? "" : " as const"};\n\n`
  );
}

/** @param callEnd of the study's `defineStudy(…)`. */
function syntaxOf(text: string, dialect: Dialect, callEnd: number) {
  const root = parse(text, dialect);
  const names = new Names(text, root);
  const functions = topFunctions(text, root);
  const options = optionsOf(text, root, callEnd);
  return { root, names, functions, options, objective: objectiveOf(text, names, functions, options) };
}

/** The object that `defineStudy` is called with, in place or by the name of a constant. */
function optionsOf(text: string, root: SyntaxNode, callEnd: number): SyntaxNode | null {
  let call: SyntaxNode | null = root.resolveInner(callEnd, -1);
  while (call && !(call.name === "CallExpression" && call.to === callEnd)) call = call.parent;
  const argument = childrenOf(call?.getChild("ArgList")).find(({ name }) => name !== "(" && !name.endsWith("Comment"));
  const options = unwrap(argument ?? null);
  if (options?.name !== "VariableName") return options?.name === "ObjectExpression" ? options : null;
  const name = text.slice(options.from, options.to);
  for (const statement of topStatements(root))
    for (const { target, value } of declarators(declarationIn(statement)))
      if (text.slice(target.from, target.to) === name) return unwrap(value);
  return null;
}

/** null too where others use it, who would get the constants as well. */
function objectiveOf(
  text: string,
  names: Names,
  functions: ReadonlyMap<string, FunctionSyntax>,
  options: SyntaxNode | null,
): FunctionSyntax | null {
  const property = propertiesOf(text, options).get("objective");
  if (!property) return null;
  const value = unwrap(property.lastChild);
  const inPlace = functionAt(property) ?? functionAt(value);
  const name = value ? text.slice(value.from, value.to) : "";
  return inPlace ?? (names.usesOf(name).length === 1 ? (functions.get(name) ?? null) : null);
}

/** The objective without the trial that it no longer looks at. @param index which of the text's studies. */
function withoutIdleTrial(text: string, dialect: Dialect, index: number): string {
  const study = findStudies(text, dialect)[index];
  if (!study) return text;
  const { names, objective } = syntaxOf(text, dialect, study.end);
  const [trial, ...others] = objective?.params ?? [];
  if (!objective || !trial || others.length > 0 || trial.target.name !== "VariableDefinition") return text;
  if (names.usesOf(text.slice(trial.target.from, trial.target.to), objective.body).length > 0) return text;
  const edits = new Edits(text);
  // An arrow's one name may stand without parentheses.
  edits.replace(trial.from, trial.to, trial.target.parent?.getChild("(") ? "" : "()");
  return edits.apply();
}

/** An objective that is only named says which space it wants: as a function in place it takes the one that is there. */
function wrapNamedObjective(edits: Edits, text: string, options: SyntaxNode | null): void {
  const property = propertiesOf(text, options).get("objective");
  const value = unwrap(property?.lastChild ?? null);
  if (!property || !value || functionAt(property) || functionAt(value)) return;
  edits.replace(property.from, property.to, `objective: (trial) => ${text.slice(value.from, value.to)}(trial)`);
}

/** A study of its own, of one trial. */
function editOptions(
  edits: Edits,
  text: string,
  options: SyntaxNode | null,
  { number }: FixedTrial,
  removed: readonly string[],
): void {
  const properties = propertiesOf(text, options);
  for (const name of removed) {
    const property = properties.get(name);
    if (property) edits.removeEntry(property);
  }
  const name = properties.get("name");
  const value = name?.getChild(":") ? name.lastChild : null;
  if (value?.name === "String") edits.replace(value.to - 1, value.to - 1, `, trial ${number}`);
  else if (value) edits.replace(value.to, value.to, ` + ", trial ${number}"`);
  const trials = properties.get("trials");
  if (trials) edits.replace(trials.from, trials.to, "trials: 1");
}
