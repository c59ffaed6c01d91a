import type { DashboardAction } from "../../src/protocol/dashboard.js";
import type { TrialSummary } from "../../src/protocol/inspector.js";
import type { MenuItem } from "../menu.js";
import { isFinished } from "../trial-state.js";

/** What the menu of trials asks for, beside the host's actions. */
export interface TrialMenuContext {
  /** Why nothing can be started now; null: something can. */
  readonly blocked: string | null;
  /** Whether the study's code is known. */
  readonly hasSource: boolean;
  act(action: DashboardAction): void;
  compare(): void;
  save(type: "csv" | "json"): void;
}

/** What can be done with trials that are selected. @param trials one or more. */
export function trialActions(trials: readonly TrialSummary[], context: TrialMenuContext): MenuItem[] {
  const failed = trials.filter(({ state }) => state === "FAIL");
  const again: MenuItem = {
    label: "Run Again",
    disabled: context.blocked ?? (failed.length === 0 ? "Only failed and stopped trials are run again." : null),
    choose: () => failed.forEach(({ number }) => context.act({ type: "runAgain", trial: number })),
  };
  const shared: MenuItem[] = [
    {
      label: "Compare",
      startsGroup: true,
      disabled: trials.length < 2 ? "Select two or more trials." : null,
      choose: () => context.compare(),
    },
    { label: "Export as CSV…", startsGroup: true, choose: () => context.save("csv") },
    { label: "Export as JSON…", choose: () => context.save("json") },
  ];
  return trials.length === 1 ? [...ofOne(trials[0]!, context), again, ...shared] : [again, ...shared];
}

function ofOne({ number, state }: TrialSummary, { act, blocked, hasSource }: TrialMenuContext): MenuItem[] {
  const unfinished = isFinished(state) ? null : "The trial has not finished.";
  const item = (label: string, disabled: string | null, action: DashboardAction): MenuItem => {
    return { label, disabled, choose: () => act(action) };
  };
  return [
    item("Retrain", blocked ?? unfinished, { type: "retrain", trial: number }),
    item("Freeze Parameter…", blocked ?? unfinished, { type: "freeze", trial: number }),
    item("Enqueue a Variant…", null, { type: "enqueue", trial: number }),
    item("Copy Parameters", null, { type: "copyParameters", trial: number }),
    item("Show as Code", hasSource ? unfinished : "The study's code is unknown.", { type: "showCode", trial: number }),
    ...(state === "FAIL" ? [item("Open Failure", null, { type: "openFailure", trial: number })] : []),
    ...(state === "RUNNING" ? [item("Stop Trial", null, { type: "stopTrial", trial: number })] : []),
  ];
}
