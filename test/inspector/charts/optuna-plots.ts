import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { ChartSource } from "../../../src/inspector/charts/chart-maker.js";
import { openSqliteStorage } from "../../../src/storage/sqlite/sqlite-storage.js";

/** What Optuna's plots show of the studies in a database beside it. */

const fixtures = new URL("../../fixtures/optuna/", import.meta.url);

/** Of a number that JSON cannot hold, its name is there. */
export type PlottedNumber = number | "Infinity" | "-Infinity" | "NaN";

export function readPlots<Plots>(name: string): Plots {
  return JSON.parse(readFileSync(new URL(`${name}.json`, fixtures), "utf8")) as Plots;
}

/** A database's studies by name, each with all of them as its siblings. */
export function readStudies(name: string): ReadonlyMap<string, ChartSource> {
  const storage = openSqliteStorage(fileURLToPath(new URL(`${name}.db`, fixtures)), { readOnly: true });
  try {
    const sources = storage
      .getStudies()
      .map(({ id }) => ({ study: storage.getStudy(id), trials: storage.getTrials(id) }));
    const siblings = {
      list: () => sources.map(({ study }) => study),
      trials: ({ id }: { readonly id: number }) => sources.find(({ study }) => study.id === id)!.trials,
    };
    return new Map(sources.map((source) => [source.study.name, { ...source, siblings }]));
  } finally {
    storage.close();
  }
}

/** To 1e-9 of what Optuna computed. */
export function expectClose(found: readonly (PlottedNumber | null)[], optuna: readonly PlottedNumber[]): void {
  expect(found).toHaveLength(optuna.length);
  optuna.forEach((value, i) => {
    if (typeof value === "string") expect(found[i]).toBe(value);
    else expect(Math.abs(Number(found[i] ?? NaN) - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
  });
}
