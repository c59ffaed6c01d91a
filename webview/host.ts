import { createBirpc } from "birpc";
import * as v from "valibot";

import type { Annotation } from "../src/protocol/annotations.js";
import type { ChartData, ChartName, ChartRequest } from "../src/protocol/charts.js";
import type {
  DashboardAction,
  DashboardHostFunctions,
  DashboardPanelFunctions,
  DashboardSnapshot,
  SavedFile,
} from "../src/protocol/dashboard.js";
import type { CardPlace, DashboardLayouts, StudyKind } from "../src/protocol/dashboard-layout.js";
import { PROTOCOL_VERSION, type WireParamValue } from "../src/protocol/wire.js";
import type { ArtifactContent, CodeChanges, TrialDetail, TrialPage, TrialQuery } from "../src/protocol/inspector.js";

/** What the editor gives every webview's page, once. */
export interface WebviewApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/** What the rpc library sends around the host's calls and answers; whatever else arrives at the page is none of it. */
const envelope = v.variant("t", [
  v.looseObject({
    t: v.literal("q"),
    m: v.picklist(["changed", "progress", "selectTrial", "layoutsChanged"]),
    a: v.array(v.unknown()),
  }),
  v.looseObject({ t: v.literal("s"), i: v.string() }),
]);

/** The extension host as the panel sees it. A call the host refused rejects with its `WireError`. */
export class DashboardHost implements DashboardHostFunctions {
  private readonly remote: ReturnType<typeof createBirpc<DashboardHostFunctions, DashboardPanelFunctions>>;

  constructor(api: WebviewApi, panel: DashboardPanelFunctions) {
    const functions: DashboardPanelFunctions = {
      changed: (snapshot) => panel.changed(snapshot),
      progress: (event) => panel.progress(event),
      selectTrial: (number) => panel.selectTrial(number),
      layoutsChanged: (layouts) => panel.layoutsChanged(layouts),
    };
    this.remote = createBirpc<DashboardHostFunctions, DashboardPanelFunctions>(functions, {
      post: (message) => {
        api.postMessage(message);
      },
      on: (receive) =>
        window.addEventListener("message", (event) => {
          if (v.is(envelope, event.data)) receive(event.data);
        }),
      // A chart may take minutes, a question to the user hours. What a storage blocks, the host gives up; a host that is gone takes the page along.
      timeout: -1,
    });
  }

  ready(): Promise<DashboardSnapshot> {
    return this.remote.ready(PROTOCOL_VERSION);
  }

  listTrials(query: TrialQuery): Promise<TrialPage> {
    return this.remote.listTrials(query);
  }

  getTrial(number: number): Promise<TrialDetail> {
    return this.remote.getTrial(number);
  }

  /** @param signal aborted: nobody waits for it any more. */
  async getChart<Name extends ChartName>(request: ChartRequest<Name>, signal?: AbortSignal): Promise<ChartData[Name]> {
    const cancel = () => void this.cancelChart(request);
    signal?.addEventListener("abort", cancel);
    try {
      return await this.remote.getChart(request);
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  cancelChart(request: ChartRequest): Promise<void> {
    return this.remote.cancelChart(request);
  }

  /** The whole of it, which the host sends in parts. */
  async getArtifact(trial: number | null, id: string): Promise<ArtifactContent> {
    const first = await this.remote.getArtifact(trial, id, 0);
    if (first.kind !== "content") return first;
    let { base64 } = first;
    while (bytesOf(base64) < first.size) {
      const part = await this.remote.getArtifact(trial, id, bytesOf(base64));
      if (part.kind !== "content" || part.size !== first.size || part.base64 === "")
        throw new Error("The file changed while it was read. Open it again.");
      base64 += part.base64;
    }
    return { ...first, base64 };
  }

  compareCode(from: number, to: number): Promise<CodeChanges | null> {
    return this.remote.compareCode(from, to);
  }

  annotate(annotation: Annotation): Promise<void> {
    return this.remote.annotate(annotation);
  }

  saveFile(file: SavedFile): Promise<void> {
    return this.remote.saveFile(file);
  }

  getLayouts(): Promise<DashboardLayouts> {
    return this.remote.getLayouts();
  }

  saveLayout(kind: StudyKind, layout: readonly CardPlace[] | null): Promise<void> {
    return this.remote.saveLayout(kind, layout);
  }

  getFieldValues(field: string): Promise<readonly WireParamValue[]> {
    return this.remote.getFieldValues(field);
  }

  act(action: DashboardAction): Promise<void> {
    return this.remote.act(action);
  }
}

/** How a failed call reads: a `WireError`, or whatever else was thrown. */
export function reasonOf(error: unknown): string {
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
}

function bytesOf(base64: string): number {
  return (base64.length / 4) * 3 - (/=*$/.exec(base64)?.[0].length ?? 0);
}
