import type { DashboardAction } from "../../src/protocol/dashboard.js";
import type { TrialSummary } from "../../src/protocol/inspector.js";
import { formatInteger } from "../format.js";
import type { MenuItem } from "../menu.js";
import { isFinished } from "../trial-state.js";
import { MAX_PINNED } from "./pinned-trials.js";
import { MAX_RUN_AGAIN, type SelectedTrials } from "./selected-trials.js";

/** What the menu of trials asks for, beside the host's actions. */
export interface TrialMenuContext {
  /** Why nothing can be started now; null: something can. */
  readonly blocked: string | null;
  /** Whether the study's code is known. */
  readonly hasSource: boolean;
  readonly pinned: readonly number[];
  act(action: DashboardAction): void;
  compare(): void;
  copy(): void;
  /** Pins trials or, if all of them are pinned, unpins them. */
  pin(trials: readonly number[]): void;
  save(type: "csv" | "json"): void;
}

/** What can be done with trials that are selected. */
export function trialActions(selected: SelectedTrials, context: TrialMenuContext): MenuItem[] {
  const { count, rows } = selected;
  if (count === 0) return [{ label: "Select a trial", disabled: "No trial is selected.", choose: () => {} }];
  const only = count === 1 ? rows?.[0] : undefined;
  return [
    ...(only ? ofOne(only, context) : []),
    { label: "Copy Parameters", choose: () => context.copy() },
    runAgain(selected, context),
    ...(only ? dependingOn(only, context) : []),
    pin(rows, context),
    {
      label: "Compare",
      startsGroup: true,
      disabled: count < 2 ? "Select two or more trials." : null,
      choose: () => context.compare(),
    },
    { label: "Export as CSV…", startsGroup: true, choose: () => context.save("csv") },
    { label: "Export as JSON…", choose: () => context.save("json") },
  ];
}

function runAgain({ failed }: SelectedTrials, { blocked, act }: TrialMenuContext): MenuItem {
  const { count, first } = failed;
  const limit = `At most ${formatInteger(MAX_RUN_AGAIN)} trials are run again at once. ${formatInteger(count)} are selected.`;
  const reason = count === 0 ? "Only failed and stopped trials are run again." : count > MAX_RUN_AGAIN ? limit : null;
  return {
    label: "Run Again",
    disabled: blocked ?? reason,
    choose: () => act({ type: "runAgain", numbers: first }),
  };
}

function pin(rows: readonly TrialSummary[] | null, { pinned, pin: toggle }: TrialMenuContext): MenuItem {
  const numbers = rows?.map(({ number }) => number) ?? null;
  const areTooMany = numbers === null || numbers.length > MAX_PINNED;
  return {
    label: numbers?.every((number) => pinned.includes(number)) ? "Unpin" : "Pin",
    startsGroup: true,
    disabled: areTooMany ? `At most ${MAX_PINNED} trials can be pinned.` : null,
    choose: () => toggle(numbers ?? []),
  };
}

function ofOne({ number, state }: TrialSummary, { act, blocked, hasSource }: TrialMenuContext): MenuItem[] {
  const unfinished = isFinished(state) ? null : "The trial has not finished.";
  const unstarted = state === "WAITING" ? "The trial has not started." : null;
  const item = (label: string, disabled: string | null, action: DashboardAction): MenuItem => {
    return { label, disabled, choose: () => act(action) };
  };
  return [
    item("Retrain", blocked ?? unfinished, { type: "retrain", trial: number }),
    item("Freeze Parameter…", blocked ?? unfinished, { type: "freeze", trial: number }),
    item("Debug", blocked ?? unstarted, { type: "debug", trial: number }),
    item("Enqueue a Variant…", null, { type: "enqueue", trial: number }),
    item("Show as Code", hasSource ? unfinished : "The study's code is unknown.", { type: "showCode", trial: number }),
  ];
}

/** On its state. */
function dependingOn({ number, state }: TrialSummary, { act }: TrialMenuContext): MenuItem[] {
  const failure: MenuItem = { label: "Open Failure", choose: () => act({ type: "openFailure", trial: number }) };
  const stop: MenuItem = { label: "Stop Trial", choose: () => act({ type: "stopTrial", trial: number }) };
  return [...(state === "FAIL" ? [failure] : []), ...(state === "RUNNING" ? [stop] : [])];
}
