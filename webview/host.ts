import { createBirpc } from "birpc";
import * as v from "valibot";

import type {
  DashboardAction,
  DashboardHostFunctions,
  DashboardPanelFunctions,
  DashboardSnapshot,
} from "../src/protocol/dashboard.js";
import type {
  CurveQuery,
  HistoryData,
  ImportanceData,
  ImportanceEvaluatorName,
  LearningCurve,
  TrialDetail,
  TrialPage,
  TrialQuery,
} from "../src/protocol/inspector.js";
import { PROTOCOL_VERSION } from "../src/protocol/wire.js";
import {
  dashboardSnapshot,
  envelope,
  epochEnded,
  historyData,
  importanceData,
  learningCurves,
  trialDetail,
  trialPage,
} from "./messages.js";

/** What the editor gives every webview's page, once. */
export interface WebviewApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/** fANOVA over thousands of trials may take a while; anything longer is a host that is gone. */
const CALL_TIMEOUT_MS = 120_000;

/** The extension host as the panel sees it. Every answer has been checked; a call the host refused rejects with its `WireError`. */
export class DashboardHost {
  private readonly remote: ReturnType<typeof createBirpc<DashboardHostFunctions, DashboardPanelFunctions>>;

  constructor(api: WebviewApi, panel: DashboardPanelFunctions) {
    const checkedPanel: DashboardPanelFunctions = {
      changed: (snapshot) => panel.changed(v.parse(dashboardSnapshot, snapshot)),
      progress: (event) => panel.progress(v.parse(epochEnded, event)),
    };
    this.remote = createBirpc<DashboardHostFunctions, DashboardPanelFunctions>(checkedPanel, {
      post: (message) => {
        api.postMessage(message);
      },
      on: (receive) =>
        window.addEventListener("message", (event) => {
          if (v.is(envelope, event.data)) receive(event.data);
        }),
      timeout: CALL_TIMEOUT_MS,
    });
  }

  async ready(): Promise<DashboardSnapshot> {
    return v.parse(dashboardSnapshot, await this.remote.ready(PROTOCOL_VERSION));
  }

  async listTrials(query: TrialQuery): Promise<TrialPage> {
    return v.parse(trialPage, await this.remote.listTrials(query));
  }

  async getTrial(number: number): Promise<TrialDetail> {
    return v.parse(trialDetail, await this.remote.getTrial(number));
  }

  async getHistory(): Promise<HistoryData> {
    return v.parse(historyData, await this.remote.getHistory());
  }

  async getImportances(evaluator: ImportanceEvaluatorName): Promise<ImportanceData> {
    return v.parse(importanceData, await this.remote.getImportances(evaluator));
  }

  async getLearningCurves(query: CurveQuery): Promise<readonly LearningCurve[]> {
    return v.parse(learningCurves, await this.remote.getLearningCurves(query));
  }

  async act(action: DashboardAction): Promise<void> {
    await this.remote.act(action);
  }
}
