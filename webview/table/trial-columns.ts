import {
  columnVisibilityFeature,
  constructTable,
  createColumnHelper,
  rowSortingFeature,
  tableFeatures,
} from "@tanstack/table-core";
import { storeReactivityBindings } from "@tanstack/table-core/store-reactivity-bindings";

import { ownValue } from "../../src/protocol/own-value.js";
import type { StudySummary, TrialColumn, TrialSummary } from "../../src/protocol/inspector.js";
import type { Navigation } from "../navigation.js";
import { objectiveName } from "../objective-name.js";

/** How a column is drawn, and how wide. */
export interface TrialColumnMeta {
  readonly kind: "number" | "state" | "value" | "param" | "step" | "duration" | "time";
  readonly px: number;
  /** Takes a share of the room that is left. */
  readonly grows: boolean;
  readonly alignRight: boolean;
  /** Which objective, or which parameter. */
  readonly objective?: number;
  readonly param?: string;
}

const features = tableFeatures({
  coreReactivityFeature: storeReactivityBindings(),
  columnVisibilityFeature,
  rowSortingFeature,
  columnMeta: {} as TrialColumnMeta,
});

const helper = createColumnHelper<typeof features, TrialSummary>();

export type TrialTable = ReturnType<typeof trialTable>;

type SortChange = (sort: { readonly column: TrialColumn; readonly descending: boolean }) => void;

/** Columns, their choice and their order. The rows are ordered by the inspector: sorting here only says by what. */
export function trialTable(study: StudySummary, navigation: Navigation, onSort: SortChange) {
  const table = constructTable({
    features,
    columns: columns(study),
    data: [] as TrialSummary[],
    getRowId: (row) => String(row.number),
    manualSorting: true,
    enableMultiSort: false,
    enableSortingRemoval: false,
    initialState: {
      sorting: [{ id: navigation.sort.column, desc: navigation.sort.descending }],
      columnVisibility: { startedAt: false, ...navigation.columns },
    },
    onSortingChange: (updater) => {
      const sorting = typeof updater === "function" ? updater(table.atoms.sorting.get()) : updater;
      table.baseAtoms.sorting.set(sorting);
      const [first] = sorting;
      if (first) onSort({ column: first.id as TrialColumn, descending: first.desc });
    },
  });
  return table;
}

/** What a study's columns depend on; another table is made when it changes. */
export function columnKey(study: StudySummary): string {
  return JSON.stringify([study.name, study.params, study.directions, study.metricNames]);
}

function columns(study: StudySummary) {
  const objectives = study.directions.map((_, objective) => objective);
  return helper.columns([
    helper.accessor((row) => row.number, {
      id: "number",
      header: "Trial",
      enableHiding: false,
      sortDescFirst: true,
      meta: { kind: "number", px: 76, grows: false, alignRight: false },
    }),
    helper.accessor((row) => row.state, {
      id: "state",
      header: "State",
      meta: { kind: "state", px: 104, grows: false, alignRight: false },
    }),
    ...objectives.map((objective) =>
      helper.accessor((row) => row.values?.[objective] ?? null, {
        id: objective === 0 ? "value" : `value:${objective}`,
        header: objectiveName(study, objective),
        enableSorting: objective === 0,
        sortDescFirst: study.directions[objective] === "maximize",
        meta: { kind: "value", px: 96, grows: false, alignRight: false, objective },
      }),
    ),
    ...study.params.map(({ name }) =>
      helper.accessor((row) => ownValue(row.params, name) ?? null, {
        id: `param:${name}`,
        header: name,
        sortDescFirst: false,
        meta: {
          kind: "param",
          px: Math.min(180, Math.max(88, name.length * 7 + 34)),
          grows: true,
          alignRight: false,
          param: name,
        },
      }),
    ),
    helper.accessor((row) => row.lastStep, {
      id: "lastStep",
      header: "Last Step",
      sortDescFirst: true,
      meta: { kind: "step", px: 108, grows: false, alignRight: true },
    }),
    helper.accessor((row) => row.durationMs, {
      id: "duration",
      header: "Duration",
      sortDescFirst: true,
      meta: { kind: "duration", px: 90, grows: false, alignRight: true },
    }),
    helper.accessor((row) => row.startedAt, {
      id: "startedAt",
      header: "Started",
      sortDescFirst: true,
      meta: { kind: "time", px: 132, grows: false, alignRight: true },
    }),
  ]);
}
