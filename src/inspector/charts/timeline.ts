import { systemClock } from "../../engine/clock.js";
import { isFeasible } from "../../engine/trial/constraints.js";
import { durationMs, type TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import type { ChartState, TimelineBar, TimelineData, TimelineProcess, TimelineRow } from "../../protocol/charts.js";
import { workerOf } from "../../storage/worker-identity.js";
import { chartState } from "./chart-state.js";
import type { ChartMaker, ChartSource } from "./chart-maker.js";

const MAX_BARS = 2_000;
/** More than a chart has room for. */
const MAX_ROWS = 40;
/** What has no length is drawn as if it took so long, as Optuna does. */
const SHORT_BAR_MS = 1_000;
/** A trial that runs so many times longer than any other was abandoned, as Optuna sees it. */
const ABANDONED = 5;

interface Span {
  readonly trial: TrialSnapshot;
  readonly start: number;
  readonly end: number;
}

interface Row {
  readonly process: Pick<TimelineProcess, "pid" | "host" | "processes">;
  /** By start. */
  readonly spans: readonly Span[];
}

export const timeline: ChartMaker<"timeline"> = {
  isSlow: true,
  needsHeadsOnly: true,
  make: (source, { rows }) => timelineAt(source, rows, systemClock.timeOfDay()),
};

/** The bars of Optuna's `plot_timeline`, or the same in a row per process. */
export function timelineAt({ trials }: ChartSource, by: TimelineRow | undefined, now: number): TimelineData {
  const rowKind = by ?? (trials.some((trial) => workerOf(trial) !== null) ? "process" : "trial");
  const { latest, isLive } = latestMoment(trials, now);
  const spans = trials.map((trial) => spanOf(trial, latest));
  const rows = rowKind === "process" ? rowsOf(spans.filter(({ trial }) => trial.datetimeStart !== null)) : [];
  const from = spans.reduce((least, { start }) => Math.min(least, start), Infinity);
  const to = spans.reduce((most, { end }) => Math.max(most, end), -Infinity);
  const groups = rowKind === "process" ? groupsOfRows(rows, to - from) : groupsOfTrials(spans);
  return {
    by: rowKind,
    from: trials.length === 0 ? now : from,
    to: trials.length === 0 ? now : to,
    isLive,
    trials: trials.length,
    processes: rows.map(processOf),
    bars: groups.map(({ row, spans: some }) => barOf(some, row, from)),
  };
}

function latestMoment(trials: readonly TrialSnapshot[], now: number): { latest: number; isLive: boolean } {
  const longest = trials.reduce((most, trial) => Math.max(most, durationMs(trial) ?? -1), -1);
  const isLive = trials.some(
    ({ state, datetimeStart }) =>
      state === "RUNNING" &&
      datetimeStart !== null &&
      (longest < 0 || now - datetimeStart.getTime() < ABANDONED * longest),
  );
  const ends = trials.flatMap(({ datetimeComplete }) => datetimeComplete?.getTime() ?? []);
  return { isLive, latest: isLive || ends.length === 0 ? now : ends.reduce((a, b) => Math.max(a, b)) };
}

function spanOf(trial: TrialSnapshot, latest: number): Span {
  const start = trial.datetimeStart?.getTime() ?? latest;
  const complete = trial.datetimeComplete?.getTime() ?? start + SHORT_BAR_MS;
  // The time of day may have been set back.
  return { trial, start, end: Math.max(start, trial.state === "RUNNING" ? latest + SHORT_BAR_MS : complete) };
}

function rowsOf(spans: readonly Span[]): readonly Row[] {
  const processes = new Map<string, Span[]>();
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const worker = workerOf(span.trial);
    const key = worker === null ? "" : `${worker.host}:${worker.pid}:${worker.started}`;
    const known = processes.get(key);
    if (known) known.push(span);
    else processes.set(key, [span]);
  }
  const rows = [...processes].map(([, some]): Row => {
    const worker = workerOf(some[0]!.trial);
    const { pid = null, host = null } = worker ?? {};
    return { process: { pid, host, processes: worker === null ? 0 : 1 }, spans: some };
  });
  return rows.length <= MAX_ROWS ? rows : shared(rows);
}

/** Processes that worked one after the other in one row: where each trial has its own, a row is a place that they take in turn. */
function shared(rows: readonly Row[]): readonly Row[] {
  const places: { process: Row["process"]; spans: Span[]; end: number }[] = [];
  for (const { process, spans } of rows) {
    const [start, end] = [spans[0]!.start, lastEnd(spans)];
    const place = places.find((one) => one.end <= start && one.process.host === process.host);
    if (place === undefined) {
      places.push({ process, spans: [...spans], end });
      continue;
    }
    place.process = { ...place.process, pid: null, processes: place.process.processes + 1 };
    place.spans.push(...spans);
    place.end = end;
  }
  return places;
}

function processOf({ process, spans }: Row): TimelineProcess {
  let [busy, until] = [0, -Infinity];
  for (const { start, end } of spans) {
    busy += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return { ...process, trials: spans.length, span: until - spans[0]!.start, busy };
}

interface Group {
  readonly row: number;
  readonly spans: readonly Span[];
}

/** Of too many trials, those of a row that are too short to be seen one by one are taken together. */
function groupsOfRows(rows: readonly Row[], length: number): Group[] {
  const count = rows.reduce((sum, { spans }) => sum + spans.length, 0);
  const shortest = count <= MAX_BARS ? -1 : (length * rows.length) / MAX_BARS;
  return rows.flatMap(({ spans }, row) => {
    const groups: Span[][] = [];
    for (const span of spans) {
      const group = groups.at(-1);
      if (group !== undefined && span.end - group[0]!.start <= shortest) group.push(span);
      else groups.push([span]);
    }
    return groups.map((some) => ({ row, spans: some }));
  });
}

function groupsOfTrials(spans: readonly Span[]): Group[] {
  const size = Math.ceil(spans.length / MAX_BARS);
  return Array.from({ length: Math.ceil(spans.length / size) || 0 }, (_, i) => {
    const some = spans.slice(i * size, (i + 1) * size);
    return { row: some[0]!.trial.number, spans: some };
  });
}

function barOf(spans: readonly Span[], row: number, from: number): TimelineBar {
  const numbers = spans.map(({ trial }) => trial.number);
  return {
    first: numbers.reduce((a, b) => Math.min(a, b)),
    last: numbers.reduce((a, b) => Math.max(a, b)),
    trials: spans.length,
    row,
    start: spans.reduce((least, { start }) => Math.min(least, start), Infinity) - from,
    end: lastEnd(spans) - from,
    state: mostFrequent(spans.map(({ trial }) => chartState(trial))),
    infeasible: spans.every(({ trial }) => !isFeasible(trial)),
  };
}

function lastEnd(spans: readonly Span[]): number {
  return spans.reduce((most, { end }) => Math.max(most, end), -Infinity);
}

function mostFrequent(states: readonly ChartState[]): ChartState {
  const counts = new Map<ChartState, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
}
