import { readFileSync } from "node:fs";
import { createBirpc } from "birpc";
import type { Browser, Page } from "playwright-core";
import { InspectedStudy } from "../../../src/inspector/inspected-study.js";
import { dashboardPage } from "../../../src/extension/dashboard-html.js";
import { type Annotation, noteAttrs, tagAttrs } from "../../../src/protocol/annotations.js";
import type { ChartName, ChartRequest } from "../../../src/protocol/charts.js";
import type {
  DashboardAction,
  DashboardHostFunctions,
  DashboardPanelFunctions,
  DashboardSnapshot,
  SavedFile,
} from "../../../src/protocol/dashboard.js";
import type { CardPlace, DashboardLayouts, StudyKind } from "../../../src/protocol/dashboard-layout.js";
import { compareCode } from "../../../src/inspector/compare-code.js";
import type { ArtifactContent, CodeChanges, TrialQuery } from "../../../src/protocol/inspector.js";
import type { EpochEnded } from "../../../src/protocol/trainer.js";
import { readCode } from "../../../src/storage/stored-code.js";
import { type ThemeName, themes } from "./themes.js";

/** The dashboard in a browser, its host in this process: the real page, policy and messages, made-up studies. */

const ORIGIN = "http://dashboard.test";
const bundle = new URL("../../../dist/webview/", import.meta.url);

export interface OpenOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly scale?: number;
  /** Whether the test can let the page's time go by (`page.clock`). */
  readonly ownClock?: boolean;
}

export class FakeHost implements DashboardHostFunctions {
  readonly actions: DashboardAction[] = [];
  readonly queries: TrialQuery[] = [];
  readonly canceled: ChartRequest[] = [];
  readonly files: SavedFile[] = [];
  layouts: DashboardLayouts = {};
  readonly annotations: Annotation[] = [];
  /** What is in the files of artifacts, by id. */
  artifacts: Readonly<Record<string, string | Uint8Array>> = {};
  refuses: string | null = null;
  /** The page that it tells of changes. */
  panel: DashboardPanelFunctions | null = null;
  /** What each page of trials waits for. */
  holdsBack: Promise<void> = Promise.resolve();

  /** What each chart waits for. */
  computes: Promise<void> = Promise.resolve();

  constructor(
    public snapshot: DashboardSnapshot,
    public view: InspectedStudy | null,
  ) {}

  async ready(): Promise<DashboardSnapshot> {
    return this.snapshot;
  }
  async listTrials(query: TrialQuery) {
    this.queries.push(query);
    await this.holdsBack;
    return this.study().page(query);
  }
  async getTrial(number: number) {
    return this.study().trial(number);
  }
  async getChart<Name extends ChartName>(request: ChartRequest<Name>) {
    await this.computes;
    return this.study().chart(request);
  }
  async getArtifact(trial: number | null, id: string, from: number): Promise<ArtifactContent> {
    const { artifacts } = trial === null ? this.study().summary() : this.study().trial(trial);
    const content = artifacts.some((artifact) => artifact.id === id) ? this.artifacts[id] : undefined;
    const path = `/work/.tunelens/artifacts/${id}`;
    if (content === undefined) return { kind: "missing", path };
    const bytes = Buffer.from(content);
    // In parts, as the inspector does, so small that most artifacts have several.
    return { kind: "content", path, size: bytes.length, base64: bytes.subarray(from, from + 30).toString("base64") };
  }
  async compareCode(from: number, to: number): Promise<CodeChanges | null> {
    const { study } = this.study();
    const [before, after] = [from, to].map((trial) => readCode(study.systemAttrs, this.study().trial(trial).code));
    return before && after ? compareCode(before, after) : null;
  }
  async annotate(annotation: Annotation): Promise<void> {
    if (this.refuses !== null) refuse("note-changed", this.refuses);
    this.annotations.push(annotation);
    const { storage, study, trials } = this.study();
    const { systemAttrs: attrs } = study;
    const id = annotation.trial === null ? null : trials[annotation.trial]!.id;
    const added =
      annotation.type === "note" ? noteAttrs(attrs, id, annotation.body) : tagAttrs(attrs, id, annotation.tags);
    this.view = new InspectedStudy(storage, { ...study, systemAttrs: { ...attrs, ...added } }, trials);
    this.snapshot = { ...this.snapshot, sequence: this.snapshot.sequence + 1, study: this.view.summary() };
    this.panel?.changed(this.snapshot);
  }
  async cancelChart(request: ChartRequest): Promise<void> {
    this.canceled.push(request);
  }
  async saveFile(file: SavedFile): Promise<void> {
    if (this.refuses !== null) refuse("refused", this.refuses);
    this.files.push(file);
  }
  async getLayouts() {
    return this.layouts;
  }
  async saveLayout(kind: StudyKind, layout: readonly CardPlace[] | null) {
    this.layouts = { ...this.layouts, [kind]: layout ?? undefined };
  }
  async getFieldValues(field: string) {
    return this.study().fieldValues(field);
  }
  async act(action: DashboardAction): Promise<void> {
    if (this.refuses !== null) refuse("refused", this.refuses);
    this.actions.push(action);
  }

  study(): InspectedStudy {
    if (this.view === null) refuse("study-not-found", "There is no such study.");
    return this.view;
  }
}

export interface OpenDashboard {
  readonly page: Page;
  /** Everything the page should not have said: policy violations, errors, warnings. */
  readonly complaints: string[];
  changed(snapshot: DashboardSnapshot): Promise<void>;
  progress(event: EpochEnded): Promise<void>;
  setTheme(theme: ThemeName): Promise<void>;
  /** Resolves when the page has taken in all it was sent before, and has drawn it. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export async function openDashboard(
  browser: Browser,
  host: FakeHost,
  { theme = "dark", width = 1400, height = 900, scale = 1, ownClock = false }: OpenOptions = {},
): Promise<OpenDashboard> {
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  if (ownClock) await page.clock.install();
  const panel = await connectHost(page, host);
  host.panel = panel;
  await page.addInitScript({ path: new URL("editor-page.js", import.meta.url).pathname });
  await page.addInitScript({ content: applyTheme(theme) });
  await page.route(`${ORIGIN}/**`, (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (/\.(?:js|css)$/.test(name)) {
      const contentType = name.endsWith("js") ? "text/javascript" : "text/css";
      return route.fulfill({ contentType, body: readFileSync(new URL(name, bundle)) });
    }
    const urls = { script: `${ORIGIN}/dashboard.js`, style: `${ORIGIN}/dashboard.css` };
    return route.fulfill({
      contentType: "text/html",
      body: dashboardPage({ cspSource: ORIGIN, nonce: "n0nce", ...urls }),
    });
  });
  await page.goto(`${ORIGIN}/`);
  await page.locator("main:not([aria-busy=true])").waitFor();
  return {
    page,
    complaints,
    changed: async (snapshot) => {
      host.snapshot = snapshot;
      panel.changed(snapshot);
    },
    progress: async (event) => panel.progress(event),
    setTheme: (name) => page.evaluate(applyTheme(name)),
    settled: () => page.evaluate("settled()"),
    close: () => context.close(),
  };
}

/** As an error crosses to a page. */
function refuse(code: string, message: string): never {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- no Error crosses.
  throw { code, message };
}

/** As the extension host does it: calls come from the page as messages, events go to it as messages. */
async function connectHost(page: Page, host: FakeHost): Promise<DashboardPanelFunctions> {
  let receive: (message: unknown) => void = () => {};
  await page.exposeFunction("postToHost", (message: unknown) => receive(message));
  return createBirpc<DashboardPanelFunctions, DashboardHostFunctions>(host, {
    bind: "functions",
    eventNames: ["changed", "progress", "layoutsChanged"],
    on: (listener) => {
      receive = listener;
    },
    post: (message) =>
      page.evaluate(`window.postMessage(JSON.parse(${JSON.stringify(JSON.stringify(message))}), "*")`).catch(() => {
        // The page has closed.
      }),
  });
}

function applyTheme(theme: ThemeName): string {
  return `applyTheme(${JSON.stringify(themes[theme])})`;
}
