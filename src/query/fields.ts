import { nearest } from "../engine/option-names.js";
import { isBetter } from "../engine/study/best-trials.js";
import type { Direction } from "../engine/storage.js";
import { pausedAt } from "../engine/trial/paused.js";
import { failReasonOf } from "../engine/trial/fail-reason.js";
import { durationMs, type Json, lastStep, type TrialSnapshot } from "../engine/trial/trial-snapshot.js";
import { shownState } from "../format/shown-state.js";
import { readNote, readTags } from "../protocol/annotations.js";
import { ownValue } from "../protocol/own-value.js";
import { readPeakMemory } from "../protocol/peak-memory.js";
import type { FieldName } from "./expression.js";
import { fieldText, type Scope, scopes } from "./field-text.js";
import { parse } from "./parse.js";
import { QueryError } from "./query-error.js";

/** The names that a query may use of a study. */
export interface QueriedStudy {
  readonly directions: readonly Direction[];
  readonly metricNames: readonly string[] | null;
  /** Names of parameters, and of trials' user attributes. */
  readonly params: readonly string[];
  readonly attributes: readonly string[];
  /** The study's system attributes, which have trials' notes and tags. */
  readonly systemAttrs: Readonly<Record<string, Json>>;
}

/** `any`: a parameter's or an attribute's value, of whatever type. */
export type FieldKind = "number" | "duration" | "bytes" | "time" | "state" | "text" | "any";

export interface Field {
  readonly kind: FieldKind;
  /** Null for what every study has. */
  readonly scope: Scope | null;
  readonly name: string;
  /** Whether a trial's parameters or intermediate values say it. Reading them takes long: they are most of a file. */
  readonly isInFull: boolean;
  /** What a trial has of it: times and durations in milliseconds; undefined: nothing. */
  readonly get: (trial: TrialSnapshot) => Json | undefined;
}

function builtIn(name: string, kind: FieldKind, get: Field["get"]): Field {
  return { kind, scope: null, name, isInFull: false, get };
}

function reported(name: string, get: Field["get"]): Field {
  return { ...builtIn(name, "number", get), isInFull: true };
}

/** Every field of a study, those of every study first. */
export function fieldsOf(study: QueriedStudy): readonly Field[] {
  const { directions, metricNames, params, attributes, systemAttrs } = study;
  const value = (objective: number) => (trial: TrialSnapshot) => trial.values?.[objective];
  return [
    builtIn("number", "number", (trial) => trial.number),
    builtIn("state", "state", stateOf),
    builtIn("value", "number", value(0)),
    ...directions.map((_, objective) => builtIn(`values[${objective}]`, "number", value(objective))),
    reported("last", lastReported),
    reported("best", bestReported(directions[0] ?? "minimize")),
    reported("steps", (trial) => trial.intermediateValues.size),
    reported("lastStep", (trial) => lastStep(trial) ?? undefined),
    builtIn("duration", "duration", (trial) => durationMs(trial) ?? undefined),
    builtIn("started", "time", (trial) => trial.datetimeStart?.getTime()),
    builtIn("ended", "time", (trial) => trial.datetimeComplete?.getTime()),
    builtIn("memory", "bytes", (trial) => readPeakMemory(trial.systemAttrs)?.bytes),
    builtIn("failReason", "text", failReasonOf),
    builtIn("tags", "any", (trial) => readTags(systemAttrs, trial.id).map(({ name }) => name)),
    builtIn("note", "text", (trial) => readNote(systemAttrs, trial.id).body || undefined),
    ...(metricNames ?? []).map((name, i): Field => {
      return { kind: "number", scope: "values", name, isInFull: false, get: value(i) };
    }),
    ...params.map((name): Field => {
      return { kind: "any", scope: "params", name, isInFull: true, get: (trial) => ownValue(trial.params, name) };
    }),
    ...attributes.map((name): Field => {
      return {
        kind: "any",
        scope: "attributes",
        name,
        isInFull: false,
        get: (trial) => ownValue(trial.userAttrs, name),
      };
    }),
  ];
}

/** By how it is written in a query. @throws QueryError */
export function fieldNamed(text: string, study: QueriedStudy): Field {
  const expression = parse(`${text} exists`);
  if (expression?.type !== "comparison") throw new QueryError("Expected the name of a field.", 0, text.length);
  return findField(fieldsOf(study), expression.field);
}

/** @throws QueryError with what may have been meant, for a field that the study does not have. */
export function findField(fields: readonly Field[], written: FieldName): Field {
  const readings = readingsOf(written);
  for (const equal of [(a: string, b: string) => a === b, equalIgnoringCase])
    for (const { scope, name } of readings) {
      const found = fields.find((field) => (scope === "any" || field.scope === scope) && equal(field.name, name));
      if (found) return found;
    }
  const known = fields.map(({ name }) => name);
  const meant = nearest(written.text, known);
  const field = fields.find(({ name }) => name === meant);
  const suggestion = field === undefined ? null : fieldText(field);
  throw new QueryError(`No field is named ${written.text}.`, written.from, written.to, suggestion);
}

/** What a written name may mean, the most literal meaning first: `params.lr` is a parameter `params.lr` or `lr`. */
function readingsOf({ text, scope, isQuoted }: FieldName) {
  const name = text;
  if (scope !== null) return [{ scope: scopes.get(scope.toLowerCase()) ?? "none", name }] as const;
  if (isQuoted) return [...new Set(scopes.values())].map((each) => ({ scope: each, name }));
  const dot = text.indexOf(".");
  const scoped = dot < 0 ? undefined : scopes.get(text.slice(0, dot).toLowerCase());
  return [{ scope: "any" as const, name }, ...(scoped ? [{ scope: scoped, name: text.slice(dot + 1) }] : [])];
}

export function equalIgnoringCase(a: string, b: string): boolean {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase();
}

function stateOf(trial: TrialSnapshot): string {
  return shownState({
    state: trial.state,
    failReason: failReasonOf(trial) ?? null,
    pausedAt: pausedAt(trial) ?? null,
  });
}

/** The intermediate value of the last step. */
export function lastReported(trial: TrialSnapshot): number | undefined {
  const step = lastStep(trial);
  return step === null ? undefined : trial.intermediateValues.get(step);
}

/** The best of the intermediate values; NaN only where there is no other. */
export function bestReported(direction: Direction): (trial: TrialSnapshot) => number | undefined {
  return ({ intermediateValues }) => {
    let best: number | undefined;
    for (const value of intermediateValues.values())
      if (best === undefined || Number.isNaN(best) || isBetter(value, best, direction)) best = value;
    return best;
  };
}
