import {
  type ColumnVisibilityState,
  columnVisibilityFeature,
  createColumnHelper,
  type LitTable,
  rowSortingFeature,
  TableController,
  tableFeatures,
  type SortingState,
} from "@tanstack/lit-table";
import type { ReactiveControllerHost } from "lit";

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

const features = tableFeatures({ columnVisibilityFeature, rowSortingFeature, columnMeta: {} as TrialColumnMeta });

const helper = createColumnHelper<typeof features, TrialSummary>();

export type TrialTable = LitTable<typeof features, TrialSummary>;

type TrialColumns = ReturnType<typeof trialColumns>;

interface TrialTableState {
  readonly sorting: SortingState;
  readonly columnVisibility: ColumnVisibilityState;
}

type SortChange = (sort: { readonly column: TrialColumn; readonly descending: boolean }) => void;

/** The grid draws the rows, which the inspector orders: the table only says by what. */
const noRows: readonly TrialSummary[] = [];

/** Columns, their choice and their order. */
export class TrialTableController {
  private readonly controller: TableController<typeof features, TrialSummary>;
  /** Columns and state are the same objects as long as they say the same: of others the table is drawn anew. */
  private known: { readonly key: string; readonly columns: TrialColumns } | null = null;
  private shown: { readonly navigation: Navigation; readonly state: TrialTableState } | null = null;

  constructor(
    host: ReactiveControllerHost,
    private readonly onSort: SortChange,
  ) {
    this.controller = new TableController(host);
  }

  /** The table for one rendering. */
  table(study: StudySummary, navigation: Navigation): TrialTable {
    const key = columnKey(study);
    if (this.known?.key !== key) this.known = { key, columns: trialColumns(study) };
    if (this.shown?.navigation !== navigation) this.shown = { navigation, state: tableState(navigation) };
    const { state } = this.shown;
    return this.controller.table({
      features,
      columns: this.known.columns,
      data: noRows,
      manualSorting: true,
      enableMultiSort: false,
      enableSortingRemoval: false,
      state,
      onSortingChange: (updater) => {
        const [first] = typeof updater === "function" ? updater(state.sorting) : updater;
        if (first) this.onSort({ column: first.id as TrialColumn, descending: first.desc });
      },
    });
  }
}

function tableState({ sort, columns }: Navigation): TrialTableState {
  return {
    sorting: [{ id: sort.column, desc: sort.descending }],
    columnVisibility: { startedAt: false, ...columns },
  };
}

/** What a study's columns depend on. */
function columnKey(study: StudySummary): string {
  return JSON.stringify([study.name, study.params, study.directions, study.metricNames]);
}

function trialColumns(study: StudySummary) {
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
