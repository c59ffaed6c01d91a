import type { SyntaxNode } from "@lezer/common";
import { mistakeOf, type RangeMistake } from "./range-mistake.js";
import { childrenOf, propertiesOf, splitAt } from "./syntax.js";

/** A parameter as a study's file defines it. */
export interface FoundParam {
  /** As trials have it: of a branch's, with branch and kind, `optimizer.adam.learningRate`. */
  readonly name: string;
  readonly type: "float" | "int" | "categorical" | "branch";
  /** Offsets of its definition, such as `layers: int(1, 5)`. */
  readonly from: number;
  readonly to: number;
  /** Its range; null: the text does not say it, or it has none. */
  readonly low: FoundNumber | null;
  readonly high: FoundNumber | null;
  /** Its choices, or a branch's kinds; null: the text does not say them all, or it has none. */
  readonly choices: readonly Literal[] | null;
  /** Where each choice is written; null: elsewhere, as a constant, or they are a branch's kinds. */
  readonly choicesAt: readonly Place[] | null;
  /** What is wrong with it, as far as the text says. */
  readonly mistake: RangeMistake | null;
}

type Literal = null | boolean | number | string;

export interface FoundNumber {
  readonly value: number;
  /** Where it is written; null: elsewhere, as a constant. */
  readonly at: Place | null;
}

/** Offsets in the text. */
interface Place {
  readonly from: number;
  readonly to: number;
}

/** What the text of a file says of its names. */
export interface Meanings {
  readonly text: string;
  /** The expression itself, or what the constant that it names is set to. */
  constant(node: SyntaxNode | null): SyntaxNode | null;
  /** The function of the package that a call calls: `int`; null: another one. */
  packageFunction(call: SyntaxNode): string | null;
}

const suggestTypes = { suggestFloat: "float", suggestInt: "int", suggestCategorical: "categorical" } as const;

/** The parameters of a space, in the order of the text. Those that the text does not show are missing. */
export function paramsOfSpace(space: SyntaxNode | null, meanings: Meanings): FoundParam[] {
  return [...spaceParams(space, "", meanings, [])];
}

/** Those that `suggest…` calls within a node define, by the names that are written there. */
export function suggestedParams(within: SyntaxNode, meanings: Meanings): FoundParam[] {
  const found = new Map<string, FoundParam>();
  const { text } = meanings;
  within.cursor().iterate((ref) => {
    if (ref.name !== "CallExpression") return;
    const call = ref.node;
    const method = call.firstChild?.name === "MemberExpression" ? call.firstChild.getChild("PropertyName") : null;
    const called = method ? text.slice(method.from, method.to) : "";
    if (!Object.hasOwn(suggestTypes, called)) return;
    const [nameNode = null, ...args] = argumentsOf(call);
    const name = stringValue(nameNode, meanings);
    if (name === null || found.has(name)) return;
    found.set(name, paramAt(name, suggestTypes[called as keyof typeof suggestTypes], call, args, meanings));
  });
  return [...found.values()];
}

function* spaceParams(
  space: SyntaxNode | null,
  prefix: string,
  meanings: Meanings,
  within: readonly number[],
): Generator<FoundParam> {
  const object = meanings.constant(space);
  // One that names itself has no end.
  if (object?.name !== "ObjectExpression" || within.includes(object.from)) return;
  const inside = [...within, object.from];
  for (const property of childrenOf(object)) {
    if (property.name !== "Property") continue;
    // `...shared`
    if (property.getChild("Spread")) yield* spaceParams(property.lastChild, prefix, meanings, inside);
    else yield* propertyParams(property, prefix, meanings, inside);
  }
}

function* propertyParams(
  property: SyntaxNode,
  prefix: string,
  meanings: Meanings,
  within: readonly number[],
): Generator<FoundParam> {
  const key = keyOf(property, meanings.text);
  const value = property.getChild(":") ? property.lastChild : property.firstChild;
  const call = meanings.constant(value);
  if (key === null || !value || call?.name !== "CallExpression") return;
  const type = meanings.packageFunction(call);
  const name = `${prefix}${key}`;
  if (type === "float" || type === "int" || type === "categorical") {
    const args = argumentsOf(call);
    yield { ...paramAt(name, type, call, args, meanings), from: property.from, to: property.to };
  }
  if (type !== "branch") return;
  const kinds = meanings.constant(argumentsOf(call)[0] ?? null);
  const ofKinds = kinds?.name === "ObjectExpression" ? kinds.getChildren("Property") : [];
  const names = ofKinds.map((kind) => keyOf(kind, meanings.text));
  const choices = names.every((kind) => kind !== null) && names.length > 0 ? names : null;
  yield {
    name,
    type,
    from: property.from,
    to: property.to,
    low: null,
    high: null,
    choices,
    choicesAt: null,
    mistake: null,
  };
  for (const [i, kind] of ofKinds.entries())
    if (names[i] !== null) yield* spaceParams(kind.lastChild, `${name}.${names[i]}.`, meanings, within);
}

function paramAt(
  name: string,
  type: "float" | "int" | "categorical",
  call: SyntaxNode,
  args: readonly SyntaxNode[],
  meanings: Meanings,
): FoundParam {
  const { from, to } = call;
  const [first = null, second = null, third = null] = args;
  if (type === "categorical") {
    const choices = choicesOf(first, meanings);
    const options = literalsOf(second, meanings);
    const mistake = choices.choices && options ? mistakeOf({ type, choices: choices.choices, options }) : null;
    return { name, type, from, to, low: null, high: null, ...choices, mistake };
  }
  const [low, high] = [numberAt(first, meanings), numberAt(second, meanings)];
  const options = literalsOf(third, meanings);
  const mistake = low && high && options ? mistakeOf({ type, low: low.value, high: high.value, options }) : null;
  return { name, type, from, to, low, high, choices: null, choicesAt: null, mistake };
}

/** The values of an object's properties, {} where there is no object; null: the text does not say them all. */
function literalsOf(node: SyntaxNode | null, meanings: Meanings): Readonly<Record<string, Literal>> | null {
  if (!node) return {};
  const object = meanings.constant(node);
  if (object?.name !== "ObjectExpression") return null;
  const properties = [...propertiesOf(meanings.text, object)].map(
    ([key, property]) => [key, literalValue(property.lastChild!, meanings)] as const,
  );
  const isWhole = properties.length === object.getChildren("Property").length;
  if (!isWhole || properties.some(([, value]) => value === undefined)) return null;
  return Object.fromEntries(properties) as Readonly<Record<string, Literal>>;
}

function choicesOf(list: SyntaxNode | null, meanings: Meanings): Pick<FoundParam, "choices" | "choicesAt"> {
  const array = meanings.constant(list);
  if (array?.name !== "ArrayExpression") return { choices: null, choicesAt: null };
  const items = childrenOf(array).filter(({ name }) => !["[", "]", ","].includes(name) && !name.endsWith("Comment"));
  const values = items.map((item) => literalValue(item, meanings));
  const isWhole = values.every((value) => value !== undefined);
  return {
    choices: isWhole ? values : null,
    choicesAt: isWhole && array.from === list!.from ? items.map(({ from, to }) => ({ from, to })) : null,
  };
}

function literalValue(node: SyntaxNode, meanings: Meanings): Literal | undefined {
  const plain = meanings.constant(node);
  if (plain?.name === "BooleanLiteral") return meanings.text.slice(plain.from, plain.to) === "true";
  if (plain?.name === "null") return null;
  return stringValue(node, meanings) ?? numberAt(node, meanings)?.value;
}

/** A number that is written, also as a constant; null: another expression. */
export function numberAt(node: SyntaxNode | null, meanings: Meanings): FoundNumber | null {
  const plain = meanings.constant(node);
  const written = plain ? meanings.text.slice(plain.from, plain.to).replace(/^-\s*/, "-").replaceAll("_", "") : "";
  const isNumber = plain?.name === "Number" || (plain?.name === "UnaryExpression" && plain.getChild("Number") !== null);
  const value = isNumber && /^-?[\d.]/.test(written) ? Number(written) : NaN;
  if (!node || !Number.isFinite(value)) return null;
  return { value, at: node.from === plain?.from ? { from: node.from, to: node.to } : null };
}

/** The same of a text. One with escapes is null, too. */
export function stringValue(node: SyntaxNode | null, meanings: Meanings): string | null {
  const plain = meanings.constant(node);
  const isText = plain?.name === "String" || (plain?.name === "TemplateString" && !plain.getChild("Interpolation"));
  const inner = plain && isText ? meanings.text.slice(plain.from + 1, plain.to - 1) : null;
  return inner === null || inner.includes("\\") ? null : inner;
}

/** A property's name; null where it is computed. */
function keyOf(property: SyntaxNode, text: string): string | null {
  const key = property.firstChild;
  if (key?.name !== "PropertyDefinition" && key?.name !== "String") return null;
  const name = text.slice(key.from, key.to);
  return key.name === "String" ? name.slice(1, -1) : name;
}

function argumentsOf(call: SyntaxNode): SyntaxNode[] {
  const inside = childrenOf(call.getChild("ArgList")).filter(
    ({ name }) => name !== "(" && name !== ")" && !name.endsWith("Comment"),
  );
  return splitAt(inside, ",").flatMap(([first]) => first ?? []);
}
