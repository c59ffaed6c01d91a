import {
  categoricalDistribution,
  describe,
  floatDistribution,
  intDistribution,
  isValueOf,
  type CategoricalChoice,
  type CategoricalDistribution,
  type Distribution,
  type FloatDistribution,
  type FloatOptions,
  type IntDistribution,
  type IntOptions,
  type ParamValue,
} from "./distribution.js";
import { InvalidDefinitionError } from "./errors.js";
import { checkOptions, type NamesOf } from "./option-names.js";
import { own } from "./trial/trial-snapshot.js";

/** What `float` makes: a real number in a range. */
export interface FloatSpec {
  readonly type: "float";
  /** The range, as it is stored with each trial. */
  readonly distribution: FloatDistribution;
  /** Tried first in a new study. */
  readonly default: number | undefined;
}

/** What `int` makes: an integer in a range. */
export interface IntSpec {
  readonly type: "int";
  /** The range, as it is stored with each trial. */
  readonly distribution: IntDistribution;
  /** Tried first in a new study. */
  readonly default: number | undefined;
}

/** What `categorical` makes: one of several choices. */
export interface CategoricalSpec<Choice extends CategoricalChoice = CategoricalChoice> {
  readonly type: "categorical";
  /** The choices, as they are stored with each trial. */
  readonly distribution: CategoricalDistribution;
  /** In declared order. */
  readonly choices: readonly Choice[];
  /** Tried first in a new study. */
  readonly default: Choice | undefined;
}

/** What `branch` makes: one of several kinds, each with a space of its own. */
export interface BranchSpec<Kinds extends BranchKinds = BranchKinds> {
  readonly type: "branch";
  /** Over the kinds, in declared order. */
  readonly distribution: CategoricalDistribution;
  /** The space of each kind. */
  readonly kinds: Kinds;
  /** The kind tried first in a new study. */
  readonly default: string | undefined;
}

/** What a parameter of a space may be. */
export type ParamSpec = FloatSpec | IntSpec | CategoricalSpec | BranchSpec;

/** Maps each parameter's name to its possible values, in the order of suggestion. */
export interface Space {
  readonly [name: string]: ParamSpec;
}

/** `kind` names the chosen part of a branch, so no parameter inside may have that name. */
export interface BranchKinds {
  readonly [kind: string]: Space & { readonly kind?: never };
}

/** The space of a define-by-run study. */
export type NoSpace = Readonly<Record<never, ParamSpec>>;

type Flat<T> = { readonly [K in keyof T]: T[K] };

type InferBranch<Kinds> = {
  [Kind in keyof Kinds & string]: Flat<{ readonly kind: Kind } & SpaceParams<Kinds[Kind]>>;
}[keyof Kinds & string];

type InferParam<Spec> =
  Spec extends BranchSpec<infer Kinds>
    ? InferBranch<Kinds>
    : Spec extends CategoricalSpec<infer Choice>
      ? Choice
      : number;

type SpaceParams<S> = { readonly [Name in keyof S]: InferParam<S[Name]> };

/**
 * The type of `trial.params` for a space: a number for `float` and `int`, the union of the choices, a union on `kind` for a branch. Without
 * a space: the suggested values by name.
 */
export type InferParams<S> = keyof S extends never ? Readonly<Record<string, ParamValue>> : SpaceParams<S>;

type PartialBranch<Kinds> = {
  [Kind in keyof Kinds & string]: Flat<{ readonly kind: Kind } & PartialParams<Kinds[Kind]>>;
}[keyof Kinds & string];

type PartialParam<Spec> = Spec extends BranchSpec<infer Kinds> ? PartialBranch<Kinds> : InferParam<Spec>;

type PartialParams<S> = { readonly [Name in keyof S]?: PartialParam<S[Name]> };

/** Parameters to enqueue: any of the space's; missing ones are sampled. Without a space: any names. */
export type EnqueuedParams<S> = keyof S extends never ? Readonly<Record<string, ParamValue>> : PartialParams<S>;

const numericOptionNames: NamesOf<FloatOptions & IntOptions & { default?: number }> = {
  log: true,
  step: true,
  default: true,
};

/**
 * A float in [low, high].
 * @param options `log`: search in log space (requires `low > 0`); `step`: a grid, to which `high` is lowered; `default`: a value in the
 *   range that a new study tries first.
 * @throws InvalidDistributionError for an empty range, a log range that reaches 0, `log` with `step`, or a number that is not finite.
 * @throws InvalidArgumentError for an unknown option.
 * @throws InvalidDefinitionError for a default outside the range.
 */
export function float(
  low: number,
  high: number,
  options: FloatOptions & { readonly default?: number } = {},
): FloatSpec {
  checkOptions("float", options, numericOptionNames);
  const distribution = floatDistribution(low, high, options);
  return { type: "float", distribution, default: checkedDefault(distribution, options.default) };
}

/**
 * An integer: low, low + step, … up to and including high.
 * @param options `log`: search in log space (requires `low >= 1`); `step`: at least 1, default 1; `default`: a value in the range
 *   that a new study tries first.
 * @throws InvalidDistributionError for an empty range, a log range that reaches 0, `log` with `step`, or a number that is not an integer.
 * @throws InvalidArgumentError for an unknown option.
 * @throws InvalidDefinitionError for a default outside the range.
 */
export function int(low: number, high: number, options: IntOptions & { readonly default?: number } = {}): IntSpec {
  checkOptions("int", options, numericOptionNames);
  const distribution = intDistribution(low, high, options);
  return { type: "int", distribution, default: checkedDefault(distribution, options.default) };
}

/**
 * One of `choices`, which are unordered. The parameter's type is their union.
 * @param options `default`: the choice that a new study tries first.
 * @throws InvalidDistributionError if there are no choices, or one appears twice.
 * @throws InvalidArgumentError for an unknown option.
 * @throws InvalidDefinitionError for a default that is not a choice.
 */
export function categorical<const Choices extends readonly CategoricalChoice[]>(
  choices: Choices,
  options: { readonly default?: NoInfer<Choices[number]> } = {},
): CategoricalSpec<Choices[number]> {
  checkOptions("categorical", options, { default: true });
  const distribution = categoricalDistribution(choices);
  return { type: "categorical", distribution, choices, default: checkedDefault(distribution, options.default) };
}

/**
 * A choice between kinds, each with its own parameters, which exist only if it is chosen. `trial.params` has a union on `kind`:
 * `branch({ adam: { beta1: float(0.8, 0.999) }, sgd: {} })` is `{ kind: "adam"; beta1: number } | { kind: "sgd" }`.
 * Stored flat: `optimizer` is the kind, and `optimizer.adam.beta1` is the parameter. Branches can be nested.
 * @param options `default`: the kind that a new study tries first.
 * @throws InvalidDistributionError if there are no kinds.
 * @throws InvalidArgumentError for an unknown option.
 * @throws InvalidDefinitionError for a default that is not a kind, or a parameter named `kind`.
 */
export function branch<const Kinds extends BranchKinds>(
  kinds: Kinds,
  options: { readonly default?: keyof NoInfer<Kinds> & string } = {},
): BranchSpec<Kinds> {
  checkOptions("branch", options, { default: true });
  const distribution = categoricalDistribution(Object.keys(kinds));
  for (const [kind, space] of Object.entries(kinds)) {
    if (Object.hasOwn(space, "kind"))
      throw new InvalidDefinitionError(
        `branch: the kind "${kind}" has a parameter named "kind", which is reserved for the chosen kind. Rename the parameter.`,
      );
  }
  return { type: "branch", distribution, kinds, default: checkedDefault(distribution, options.default) };
}

/** A stored parameter of a space. */
export interface FlatParam {
  readonly name: string;
  readonly distribution: Distribution;
}

/** Every parameter that a space can store, including those of all branches, by flat name, in the order of declaration. */
export function flattenSpace(space: Space, prefix = ""): FlatParam[] {
  return Object.entries(space).flatMap(([name, spec]) => {
    const path = prefix + name;
    const own = { name: path, distribution: spec.distribution };
    if (spec.type !== "branch") return [own];
    const inner = Object.entries(spec.kinds).flatMap(([kind, part]) => flattenSpace(part, `${path}.${kind}.`));
    return [own, ...inner];
  });
}

/** Params as the objective sees them: nested in branches. */
export interface NestedParams {
  readonly [name: string]: ParamValue | NestedParams | undefined;
}

/**
 * The params of a space, each got from `valueOf` by its flat name, in declared order; of a branch, only those of the kind chosen.
 */
export function unflattenParams(
  space: Space,
  valueOf: (name: string, distribution: Distribution) => ParamValue,
  prefix = "",
): NestedParams {
  const params = new Map<string, ParamValue | NestedParams>();
  for (const [name, spec] of Object.entries(space)) {
    const path = prefix + name;
    const value = valueOf(path, spec.distribution);
    if (spec.type === "branch") {
      const kind = String(value);
      params.set(name, { kind, ...unflattenParams(spec.kinds[kind]!, valueOf, `${path}.${kind}.`) });
    } else params.set(name, value);
  }
  return Object.fromEntries(params);
}

/**
 * Params by flat name, as a stored trial has them. Without a space they are what the objective suggests by name, and stay as they are.
 * @throws as `flattenParams`.
 */
export function flatParams(space: Space, params: object): Readonly<Record<string, ParamValue>> {
  if (Object.keys(space).length === 0) return params as Readonly<Record<string, ParamValue>>;
  return flattenParams(space, params as NestedParams);
}

/**
 * Flattens (some of) a space's params as the objective sees them.
 * @throws InvalidDefinitionError for a parameter that is not in the space, or a value that the parameter cannot have.
 */
export function flattenParams(space: Space, params: NestedParams, prefix = ""): Record<string, ParamValue> {
  const flat = new Map<string, ParamValue>();
  for (const [name, value] of Object.entries(params)) {
    const path = prefix + name;
    const spec = own(space, name);
    if (!spec)
      throw new InvalidDefinitionError(
        `Parameter "${path}" is not in the space. It has: ${Object.keys(space).join(", ") || "nothing"}.`,
      );
    if (value === undefined) continue;
    if (spec.type !== "branch") flat.set(path, checkedValue(path, spec.distribution, value));
    else for (const [inner, of] of Object.entries(flattenBranch(spec, value, path))) flat.set(inner, of);
  }
  return Object.fromEntries(flat);
}

function flattenBranch(spec: BranchSpec, value: ParamValue | NestedParams, path: string): Record<string, ParamValue> {
  if (value === null || typeof value !== "object" || value.kind === undefined)
    throw new InvalidDefinitionError(
      `Parameter "${path}" is a branch. Use an object with a kind, such as { kind: "${Object.keys(spec.kinds)[0]}" }.`,
    );
  const { kind, ...inner } = value;
  const chosen = String(checkedValue(path, spec.distribution, kind));
  return { [path]: chosen, ...flattenParams(spec.kinds[chosen]!, inner, `${path}.${chosen}.`) };
}

/** The defaults of a space by flat name. For a branch with a default kind, only that kind's. */
export function defaultParams(space: Space, prefix = ""): Record<string, ParamValue> {
  const flat = new Map<string, ParamValue>();
  for (const [name, spec] of Object.entries(space)) {
    const path = prefix + name;
    if (spec.default !== undefined) flat.set(path, spec.default);
    if (spec.type !== "branch") continue;
    for (const [kind, part] of Object.entries(spec.kinds))
      if (spec.default === undefined || spec.default === kind)
        for (const [inner, value] of Object.entries(defaultParams(part, `${path}.${kind}.`))) flat.set(inner, value);
  }
  return Object.fromEntries(flat);
}

function checkedDefault<Value extends ParamValue>(
  distribution: Distribution,
  value: Value | undefined,
): Value | undefined {
  if (value !== undefined) checkedValue("default", distribution, value);
  return value;
}

function checkedValue(name: string, distribution: Distribution, value: ParamValue | NestedParams): ParamValue {
  if (value === null || typeof value !== "object") {
    if (isValueOf(distribution, value)) return value;
  }
  const what = name === "default" ? "The default" : `Parameter "${name}":`;
  throw new InvalidDefinitionError(`${what} ${JSON.stringify(value)} is not a value of ${describe(distribution)}.`);
}
