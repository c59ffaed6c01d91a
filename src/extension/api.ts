import * as vscode from "vscode";
import type { RunningState } from "../protocol/dashboard.js";
import type { InspectorFunctions, StudySummary, TrialDetail, TrialPage, TrialQuery } from "../protocol/inspector.js";
import type { StudyId } from "./study-id.js";
import type { StudyStore } from "./study-store.js";

/** A stored study, and its run in this window. */
export interface StudyState extends StudySummary {
  /** null if no training process of this window is running it. */
  readonly running: RunningState | null;
}

/**
 * The read-only API for other extensions, returned by `await vscode.extensions.getExtension("tunelens.tunelens").activate()`.
 * To act on a study, run a command with the study (or its storage and name) as the argument.
 */
export interface TunelensApi {
  /** Reads every study of the workspace's storages again. */
  studies(): Promise<readonly StudyState[]>;
  /** @param query default: the newest 100. */
  trials(study: StudyId, query?: TrialQuery): Promise<TrialPage>;
  /** One trial with its intermediate values and user attributes. */
  trial(study: StudyId, number: number): Promise<TrialDetail>;
  /** Why its last run in this window failed, even if nothing was stored; null if it did not fail. */
  lastError(study: StudyId): string | null;
  /** Fires when the answers have changed, at most four times a second. */
  readonly onDidChange: vscode.Event<void>;
}

export interface ApiParts {
  readonly store: StudyStore;
  readonly inspector: InspectorFunctions;
  /** Adds the workspace's storages to the store and reads them. */
  readonly prepare: () => Promise<void>;
}

export function createApi({ store, inspector, prepare }: ApiParts): TunelensApi {
  return {
    async studies() {
      await prepare();
      const stored = store.allStorages().flatMap(({ studies }) => studies);
      return stored.map((study) => ({ ...study, running: store.snapshot(study).running }));
    },
    async trials({ storage, name }, query = { offset: 0, limit: 100, sort: [{ column: "number", descending: true }] }) {
      return inspector.listTrials(storage, name, query);
    },
    async trial({ storage, name }, number) {
      return inspector.getTrial(storage, name, number);
    },
    lastError: (study) => store.lastError(study),
    onDidChange(listener, self, disposables) {
      const told = () => void listener.call(self, undefined);
      store.events.on("changed", told);
      const subscription = new vscode.Disposable(() => store.events.off("changed", told));
      disposables?.push(subscription);
      return subscription;
    },
  };
}
