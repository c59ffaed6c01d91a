import {
  type Column,
  type ColumnOrderState,
  columnOrderingFeature,
  type ColumnSizingState,
  columnSizingFeature,
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

import type { StudySummary, TrialColumn, TrialSummary } from "../../src/protocol/inspector.js";
import type { Navigation } from "../navigation.js";
import { objectiveName } from "../objective-name.js";

/** How the chooser groups columns. */
export type ColumnGroup = "Trial" | "Objectives" | "Intermediate Values" | "Parameters" | "Attributes";

/** How a column is drawn, and how wide. */
export interface TrialColumnMeta {
  readonly kind:
    | "number"
    | "state"
    | "value"
    | "param"
    | "attribute"
    | "step"
    | "last"
    | "best"
    | "duration"
    | "time"
    | "memory"
    | "failReason"
    | "tags";
  readonly group: ColumnGroup;
  /** Takes a share of the room that is left. */
  readonly grows?: boolean;
  readonly alignRight?: boolean;
  /** Which objective, and which parameter or attribute. */
  readonly objective?: number;
  readonly name?: string;
}

const features = tableFeatures({
  columnVisibilityFeature,
  columnOrderingFeature,
  columnSizingFeature,
  rowSortingFeature,
  columnMeta: {} as TrialColumnMeta,
});

const helper = createColumnHelper<typeof features, TrialSummary>();

export type TrialTable = LitTable<typeof features, TrialSummary>;

export type TrialTableColumn = Column<typeof features, TrialSummary>;

type TrialColumns = ReturnType<typeof trialColumns>;

interface TrialTableState {
  readonly sorting: SortingState;
  readonly columnVisibility: ColumnVisibilityState;
  readonly columnOrder: ColumnOrderState;
  readonly columnSizing: ColumnSizingState;
}

/** The grid draws the rows, which the inspector orders: the table only says by what. */
const noRows: readonly TrialSummary[] = [];

/** Before any of them is chosen, these columns are not shown. */
const hiddenAtFirst = { startedAt: false, last: false, best: false, memory: false, failReason: false };

/** Columns, their choice, order and widths, and what the rows are sorted by. */
export class TrialTableController {
  private readonly controller: TableController<typeof features, TrialSummary>;
  /** Columns and state are the same objects as long as they say the same: of others the table is drawn anew. */
  private known: { readonly key: string; readonly columns: TrialColumns } | null = null;
  private shown: { readonly navigation: Navigation; readonly key: string; readonly state: TrialTableState } | null =
    null;

  constructor(
    host: ReactiveControllerHost,
    private readonly navigate: (change: Partial<Navigation>) => void,
  ) {
    this.controller = new TableController(host);
  }

  /** The table for one rendering. */
  table(study: StudySummary, navigation: Navigation): TrialTable {
    const key = columnKey(study);
    if (this.known?.key !== key) this.known = { key, columns: trialColumns(study) };
    if (this.shown?.navigation !== navigation || this.shown.key !== key)
      this.shown = { navigation, key, state: tableState(study, navigation) };
    const { state } = this.shown;
    return this.controller.table({
      features,
      columns: this.known.columns,
      data: noRows,
      manualSorting: true,
      enableMultiSort: true,
      enableSortingRemoval: false,
      enableMultiRemove: true,
      state,
      onSortingChange: (updater) => {
        const sorting = typeof updater === "function" ? updater(state.sorting) : updater;
        this.navigate({ sort: sorting.map(({ id, desc }) => ({ column: id, descending: desc })) });
      },
      onColumnOrderChange: (updater) => {
        const columnOrder = typeof updater === "function" ? updater(state.columnOrder) : updater;
        this.navigate({ columnOrder });
      },
      onColumnSizingChange: (updater) => {
        const columnWidths = typeof updater === "function" ? updater(state.columnSizing) : updater;
        this.navigate({ columnWidths });
      },
    });
  }
}

function tableState(study: StudySummary, { sort, columns, columnOrder, columnWidths }: Navigation): TrialTableState {
  const attributes = Object.fromEntries(study.attributes.map((name) => [`attribute:${name}`, false]));
  const tags = { tags: study.knownTags.length > 0 };
  return {
    sorting: sort.map(({ column, descending }) => ({ id: column, desc: descending })),
    columnVisibility: { ...hiddenAtFirst, ...tags, ...attributes, ...columns },
    columnOrder,
    columnSizing: columnWidths,
  };
}

/** What a study's columns depend on. */
function columnKey(study: StudySummary): string {
  const { name, params, attributes, directions, metricNames, knownTags } = study;
  return JSON.stringify([name, params, attributes, directions, metricNames, knownTags.length > 0]);
}

function nameWidth(name: string): number {
  return Math.min(180, Math.max(88, name.length * 7.5 + 40));
}

function trialColumns(study: StudySummary) {
  const column = (id: TrialColumn, header: string, size: number, meta: TrialColumnMeta, sortDescFirst = false) =>
    helper.display({ id, header, size, meta, sortDescFirst, enableSorting: true, enableHiding: id !== "number" });
  const isMaximized = (objective: number) => study.directions[objective] === "maximize";
  return helper.columns([
    column("number", "Trial", 96, { kind: "number", group: "Trial" }, true),
    column("state", "State", 104, { kind: "state", group: "Trial" }),
    ...study.directions.map((_, objective) => {
      const id = objective === 0 ? "value" : (`value:${objective}` as const);
      const meta = { kind: "value", group: "Objectives", objective } as const;
      return column(id, objectiveName(study, objective), 96, meta, isMaximized(objective));
    }),
    column("last", "Last Value", 96, { kind: "last", group: "Intermediate Values" }, isMaximized(0)),
    column("best", "Best Value", 96, { kind: "best", group: "Intermediate Values" }, isMaximized(0)),
    ...study.params.map(({ name }) =>
      column(`param:${name}`, name, nameWidth(name), { kind: "param", group: "Parameters", grows: true, name }),
    ),
    ...study.attributes.map((name) =>
      column(`attribute:${name}`, name, nameWidth(name), { kind: "attribute", group: "Attributes", grows: true, name }),
    ),
    column("tags", "Tags", 120, { kind: "tags", group: "Trial" }),
    column("lastStep", "Last Step", 108, { kind: "step", group: "Intermediate Values", alignRight: true }, true),
    column("duration", "Duration", 90, { kind: "duration", group: "Trial", alignRight: true }, true),
    column("startedAt", "Started", 132, { kind: "time", group: "Trial", alignRight: true }, true),
    column("memory", "Peak Memory", 104, { kind: "memory", group: "Trial", alignRight: true }, true),
    column("failReason", "Fail Reason", 220, { kind: "failReason", group: "Trial", grows: true }),
  ]);
}
