import * as v from "valibot";
import type * as vscode from "vscode";
import type { CardPlace, DashboardLayouts, StudyKind } from "../protocol/dashboard-layout.js";
import { layout } from "./dashboard-messages.js";

const KEY = "dashboardLayouts";

const layouts: v.GenericSchema<unknown, DashboardLayouts> = v.object({
  "one-objective": v.optional(layout),
  "several-objectives": v.optional(layout),
});

/** Which cards the user wants on the dashboards of each kind of study, in every window. */
export class SavedLayouts {
  constructor(private readonly memory: vscode.Memento) {}

  /** None where another version saved something else. */
  all(): DashboardLayouts {
    const parsed = v.safeParse(layouts, this.memory.get(KEY, {}));
    return parsed.success ? parsed.output : {};
  }

  async save(kind: StudyKind, changed: readonly CardPlace[] | null): Promise<void> {
    await this.memory.update(KEY, { ...this.all(), [kind]: changed ?? undefined });
  }
}
