import type { Statement } from "better-sqlite3";
import { toExternal, type Distribution, type ParamValue } from "../../engine/distribution.js";
import type { TrialSnapshot, Json, TrialState } from "../../engine/trial/trial-snapshot.js";
import { distributionFromJson } from "../distribution-json.js";
import { unreadable, type StorageError } from "../errors.js";
import { isExact, parsePythonJson } from "../python-json.js";
import type { Connection } from "./connection.js";
import { restoreNumber } from "./stored-values.js";

type StoredTrialRow = [id: number, number: number, state: string, start: string | null, complete: string | null];
type ParamRow = [trialId: number, paramId: number, name: string, internal: number | null, distributionJson: string];
type NumberRow = [trialId: number, position: number, value: number | null, type: string];
type AttrRow = [trialId: number, rowId: number, key: string, json: string];

/** A parameter name with one distribution, as many trials have it. */
interface Param {
  readonly id: number;
  readonly name: string;
  readonly distribution: Distribution;
}

/** The parameters of a trial in order; trials that have the same ones share it. */
interface ParamSet {
  readonly params: readonly Param[];
  readonly distributions: Readonly<Record<string, Distribution>>;
}

interface Details {
  params: ParamRow[];
  values: NumberRow[];
  intermediateValues: NumberRow[];
  userAttrs: AttrRow[];
  systemAttrs: AttrRow[];
}

const states: readonly string[] = ["RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"] satisfies TrialState[];

/** The tables that `readHeads` leaves out. */
export const tablesBesideHeads = ["trial_params", "trial_intermediate_values"];

/** A detail table's rows for the trials of a JSON array of ids, in its order; within a trial in index order. */
const detail = (table: string, columns: string): string =>
  `SELECT ${columns} FROM (SELECT value AS wanted FROM json_each(?)) CROSS JOIN ${table} ON trial_id = wanted`;

/**
 * Reads trials in bulk: six queries for any number of them. Distributions are parsed once for each text, and trials with the
 * same parameters share them.
 */
export class TrialReader {
  private readonly trials: Statement<[string], StoredTrialRow>;
  private readonly details: { readonly [Table in keyof Details]: Statement<[string], Details[Table][number]> };
  private readonly params = new Map<string, Map<string, Param>>();
  private readonly paramSets = new Map<string, ParamSet>();
  private readonly path: string;
  private paramCount = 0;

  /** @param restoreDate what a stored time means. */
  constructor(
    connection: Connection,
    readonly restoreDate: (text: string) => Date | undefined,
  ) {
    this.path = connection.path;
    const prepare = <Row>(sql: string): Statement<[string], Row> => connection.prepare<[string], Row>(sql).raw();
    const attrs = (scope: string): string =>
      detail(`trial_${scope}_attributes`, `trial_id, trial_${scope}_attribute_id, "key", value_json`);
    this.trials = prepare(detail("trials", "trial_id, number, state, datetime_start, datetime_complete"));
    this.details = {
      params: prepare(detail("trial_params", "trial_id, param_id, param_name, param_value, distribution_json")),
      values: prepare(detail("trial_values", "trial_id, objective, value, value_type")),
      intermediateValues: prepare(
        detail("trial_intermediate_values", "trial_id, step, intermediate_value, intermediate_value_type"),
      ),
      userAttrs: prepare(attrs("user")),
      systemAttrs: prepare(attrs("system")),
    };
  }

  /**
   * The trials with these ids, in this order; ids that are not there are left out. Call it inside one read transaction.
   * @param studyName for error messages.
   * @throws StorageError (`storage-corrupt`) naming study, trial and what cannot be read.
   */
  read(trialIds: readonly number[], studyName: string): TrialSnapshot[] {
    return this.readTables(trialIds, studyName, (table, ids) => this.details[table].all(ids));
  }

  /** As `read`, without parameters and intermediate values, which are nine tenths of a file. */
  readHeads(trialIds: readonly number[], studyName: string): TrialSnapshot[] {
    return this.readTables(trialIds, studyName, (table, ids) =>
      table === "params" || table === "intermediateValues" ? [] : this.details[table].all(ids),
    );
  }

  private readTables(
    trialIds: readonly number[],
    studyName: string,
    rowsOf: <Table extends keyof Details>(table: Table, ids: string) => Details[Table][number][],
  ): TrialSnapshot[] {
    const beyond = trialIds.find((id) => !Number.isSafeInteger(id));
    if (beyond !== undefined) throw unreadable(this.path, `Study "${studyName}"`, `trial id ${beyond}`);
    const ids = JSON.stringify(trialIds);
    const take = {
      params: inTurn(rowsOf("params", ids)),
      values: inTurn(rowsOf("values", ids)),
      intermediateValues: inTurn(rowsOf("intermediateValues", ids)),
      userAttrs: inTurn(rowsOf("userAttrs", ids)),
      systemAttrs: inTurn(rowsOf("systemAttrs", ids)),
    };
    const takeTrial = inTurn(this.trials.all(ids));
    return trialIds.flatMap((id) => {
      const details = {
        params: take.params(id),
        values: take.values(id),
        intermediateValues: take.intermediateValues(id),
        userAttrs: take.userAttrs(id),
        systemAttrs: take.systemAttrs(id),
      };
      return takeTrial(id).map((row) => this.build(row, studyName, details));
    });
  }

  private build(
    [id, number, state, start, complete]: StoredTrialRow,
    studyName: string,
    details: Details,
  ): TrialSnapshot {
    const corrupt: Corrupt = (what, cause) =>
      unreadable(this.path, `Study "${studyName}", trial ${number}`, what, cause);
    const inexact = inexactParts(details);
    if (!Number.isSafeInteger(number))
      throw unreadable(this.path, `Study "${studyName}", trial with the ID ${id}`, "number");
    if (!states.includes(state)) throw corrupt(`state ${JSON.stringify(state)}`);
    return {
      id,
      number,
      state: state as TrialState,
      values: readValues(details.values, corrupt),
      ...this.readParams(details.params, corrupt),
      intermediateValues: readIntermediateValues(details.intermediateValues, corrupt),
      userAttrs: readAttrs(details.userAttrs, "user attribute", corrupt),
      systemAttrs: readAttrs(details.systemAttrs, "system attribute", corrupt),
      datetimeStart: this.readDate(start, "start time", corrupt),
      datetimeComplete: this.readDate(complete, "end time", corrupt),
      ...(inexact.length > 0 && { inexact }),
    };
  }

  private readDate(stored: unknown, what: string, corrupt: Corrupt): Date | null {
    if (stored === null) return null;
    // SQLite holds whatever is written into a column, whatever its type.
    const date = typeof stored === "string" ? this.restoreDate(stored) : undefined;
    if (!date) throw corrupt(`${what} ${JSON.stringify(stored)}`);
    return date;
  }

  private readParams(
    rows: ParamRow[],
    corrupt: Corrupt,
  ): Pick<TrialSnapshot, "params" | "internalParams" | "distributions"> {
    if (rows.length === 0) return noParams;
    rows.sort((a, b) => a[1] - b[1]);
    const { params, distributions } = this.paramSet(rows.map(([, , name, , json]) => this.param(name, json, corrupt)));
    const external: Record<string, ParamValue> = {};
    const internal: Record<string, number> = {};
    for (let i = 0; i < params.length; i++) {
      const { name, distribution } = params[i]!;
      const value = rows[i]![3];
      if (typeof value !== "number") throw corrupt(`value of parameter "${name}"`);
      setOwn(internal, name, value);
      setOwn(external, name, distribution.type === "float" ? value : convert(distribution, value, name, corrupt));
    }
    return { params: external, internalParams: internal, distributions };
  }

  private param(name: string, json: string, corrupt: Corrupt): Param {
    let distributions = this.params.get(name);
    if (!distributions) this.params.set(name, (distributions = new Map<string, Param>()));
    let param = distributions.get(json);
    if (!param) {
      try {
        param = { id: this.paramCount++, name, distribution: distributionFromJson(json) };
      } catch (cause) {
        throw corrupt(`distribution of parameter "${name}"`, cause);
      }
      distributions.set(json, param);
    }
    return param;
  }

  private paramSet(params: readonly Param[]): ParamSet {
    let key = "";
    for (const { id } of params) key += `${id},`;
    let set = this.paramSets.get(key);
    if (!set) {
      const distributions: Record<string, Distribution> = {};
      for (const { name, distribution } of params) setOwn(distributions, name, distribution);
      set = { params, distributions };
      this.paramSets.set(key, set);
    }
    return set;
  }
}

/** Of many trials, and of all that are read without, these would be most of the memory. */
const noParams = { params: {}, internalParams: {}, distributions: {} };
const noIntermediateValues: ReadonlyMap<number, number> = new Map();
const noAttrs = {};

type Corrupt = (what: string, cause?: unknown) => StorageError;

/** Takes the rows of one trial after the other, in the order of the trials that were asked for. */
function inTurn<Row extends [trialId: number, ...unknown[]]>(rows: readonly Row[]): (trialId: number) => Row[] {
  let end = 0;
  return (trialId) => {
    const start = end;
    while (end < rows.length && rows[end]![0] === trialId) end++;
    return rows.slice(start, end);
  };
}

function inexactParts({ params, intermediateValues, userAttrs, systemAttrs }: Details): readonly string[] {
  // Of nearly all trials nothing is, and there are many.
  const hasExactJson = (rows: readonly AttrRow[]) => rows.every((row) => isExact(String(row[3])));
  if (
    params.every((row) => isExact(String(row[4]))) &&
    intermediateValues.every((row) => Number.isSafeInteger(row[1])) &&
    hasExactJson(userAttrs) &&
    hasExactJson(systemAttrs)
  )
    return nothing;
  return partsThatAreInexact({ params, intermediateValues, userAttrs, systemAttrs });
}

const nothing: readonly string[] = [];

function partsThatAreInexact({
  params,
  intermediateValues,
  userAttrs,
  systemAttrs,
}: Omit<Details, "values">): string[] {
  const named = (what: string, rows: readonly (readonly [name: string, json: string])[]): string[] =>
    rows.filter(([, json]) => !isExact(String(json))).map(([name]) => `${what} "${name}"`);
  return [
    ...named(
      "distribution of parameter",
      params.map((row) => [row[2], row[4]]),
    ),
    ...(intermediateValues.every((row) => Number.isSafeInteger(row[1])) ? [] : ["steps of intermediate values"]),
    ...named(
      "user attribute",
      userAttrs.map((row) => [row[2], row[3]]),
    ),
    ...named(
      "system attribute",
      systemAttrs.map((row) => [row[2], row[3]]),
    ),
  ];
}

function readValues(rows: readonly NumberRow[], corrupt: Corrupt): number[] | null {
  if (rows.length === 0) return null;
  const values = new Array<number>(rows.length).fill(NaN);
  for (const [, objective, value, type] of rows) {
    if (!Number.isInteger(objective) || !(objective in values)) throw corrupt("values");
    values[objective] = readNumber(value, type, "value", corrupt);
  }
  if (values.some(Number.isNaN)) throw corrupt("values");
  return values;
}

function readIntermediateValues(rows: readonly NumberRow[], corrupt: Corrupt): ReadonlyMap<number, number> {
  if (rows.length === 0) return noIntermediateValues;
  const values = new Map<number, number>();
  for (const [, step, value, type] of rows) {
    if (!Number.isInteger(step)) throw corrupt(`step ${JSON.stringify(step)}`);
    values.set(step, readNumber(value, type, `value at step ${step}`, corrupt));
  }
  return values;
}

function readNumber(stored: number | null, type: string, what: string, corrupt: Corrupt): number {
  const value = restoreNumber(stored, type);
  if (value === undefined) throw corrupt(`${what} (${stored}, ${type})`);
  return value;
}

/** In the order in which they were first set. */
function readAttrs(rows: AttrRow[], what: string, corrupt: Corrupt): Readonly<Record<string, Json>> {
  if (rows.length === 0) return noAttrs;
  rows.sort((a, b) => a[1] - b[1]);
  const attrs: Record<string, Json> = {};
  for (const [, , key, json] of rows) setOwn(attrs, key, readAttr(key, json, what, corrupt));
  return attrs;
}

/** @throws what `corrupt` makes, where the text is no JSON. */
export function readAttr(key: string, json: string, what: string, corrupt: Corrupt): Json {
  try {
    return parsePythonJson(json);
  } catch (cause) {
    throw corrupt(`${what} "${key}"`, cause);
  }
}

function convert(distribution: Distribution, internal: number, name: string, corrupt: Corrupt): ParamValue {
  try {
    return toExternal(distribution, internal);
  } catch (cause) {
    throw corrupt(`value of parameter "${name}"`, cause);
  }
}

/** Also for the name `__proto__`, which plain assignment would take for the prototype. */
export function setOwn<T>(record: Record<string, T>, key: string, value: T): void {
  if (key === "__proto__")
    Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
  else record[key] = value;
}
