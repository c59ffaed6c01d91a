import { LitElement, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";

import type { DashboardAction, DashboardSnapshot } from "../src/protocol/dashboard.js";
import type { ImportanceEvaluatorName, StudySummary } from "../src/protocol/inspector.js";
import { bestCard } from "./best-card.js";
import { chartCard, chartLegend } from "./chart-card.js";
import { type DashboardEvents, emit } from "./events.js";
import { DashboardHost, type WebviewApi } from "./host.js";
import { html } from "./html.js";
import { icon } from "./icons.js";
import { runningStrip } from "./running-strip.js";
import { type Navigation, readNavigation } from "./navigation.js";
import { StudyData } from "./study-data.js";
import { studyHeader } from "./study-header.js";
import { startBlockedBy, type StudyStatus, studyStatus } from "./study-status.js";
import { objectiveName } from "./table/trial-columns.js";

declare function acquireVsCodeApi(): WebviewApi;

/** The page: one study as the host describes it, and the user's place on the page. */
@customElement("tunelens-dashboard")
export class Dashboard extends LitElement {
  private readonly api = acquireVsCodeApi();
  private navigation: Navigation = readNavigation(this.api.getState());
  private readonly data = new StudyData(this.navigation.evaluator, () => this.requestUpdate());
  private readonly host = new DashboardHost(this.api, this.data);

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.listen("navigate", (change) => this.navigate(change));
    this.listen("select-trial", (selectedTrial) => this.navigate({ selectedTrial }));
    this.listen("act", (action) => void this.act(action));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) void this.data.start(this.host);
    });
    void this.data.start(this.host);
  }

  protected override render(): TemplateResult {
    const { snapshot, existed, problem } = this.data;
    const status = studyStatus(snapshot, existed);
    if (snapshot === null) {
      return html`<main class="page" aria-busy=${problem === null}>
        ${
          problem === null
            ? html`<div class="placeholder page-wide">
                <vscode-progress-ring aria-label="Loading"></vscode-progress-ring>
              </div>`
            : this.problem(problem)
        }
      </main>`;
    }
    return html`<main class="page" data-status=${status}>
      ${studyHeader(snapshot, status, (action) => void this.act(action))}
      ${problem === null ? nothing : this.problem(problem)} ${this.banners(snapshot, status)}
      ${runningStrip(snapshot, this.data.epochs)}
      ${snapshot.study === null ? this.nothingYet(snapshot, status) : this.cards(snapshot, snapshot.study)}
    </main>`;
  }

  private cards(snapshot: DashboardSnapshot, study: StudySummary): TemplateResult {
    const blocked = startBlockedBy(snapshot);
    return html`<div class="cards">
      ${bestCard(
        study,
        blocked,
        (action) => void this.act(action),
        (trial) => emit(this, "select-trial", trial),
      )}
      ${this.historyCard(study)} ${this.importanceCard(study, blocked)} ${this.curvesCard(study)}
      <tunelens-trials-card
        class="area-trials"
        .host=${this.host}
        .study=${study}
        .navigation=${this.navigation}
        .epochs=${this.data.epochs}
        .revision=${this.data.revision}
        .retrainBlocked=${blocked}
      ></tunelens-trials-card>
    </div>`;
  }

  private historyCard(study: StudySummary): TemplateResult {
    const { asTable, historyLog } = this.navigation;
    const metric = objectiveName(study);
    const note =
      study.directions.length > 1 ? `${metric}, the first of ${study.directions.length} objectives` : chartLegend();
    return chartCard({
      id: "history",
      title: "Optimization History",
      note,
      asTable: asTable.includes("history"),
      controls: this.logToggle("historyLog", "Logarithmic value axis"),
      chart: html`<tunelens-history-chart
        .history=${this.data.history}
        .direction=${study.directions[0] ?? "minimize"}
        .metric=${metric}
        .log=${historyLog}
        .asTable=${asTable.includes("history")}
      ></tunelens-history-chart>`,
      onTable: () => this.toggleTable("history"),
    });
  }

  private importanceCard(study: StudySummary, blocked: string | null): TemplateResult {
    const { asTable, evaluator } = this.navigation;
    const isMulti = study.directions.length > 1;
    return chartCard({
      id: "importance",
      title: "Parameter Importance",
      shownTitle: html`<span class="if-wide">Parameter</span> Importance`,
      note: "",
      asTable: asTable.includes("importance"),
      controls: isMulti
        ? nothing
        : html`<vscode-dropdown
              aria-label="How importance is computed"
              .value=${evaluator}
              @change=${(event: Event) => this.useEvaluator((event.target as HTMLSelectElement).value)}
            >
              <vscode-option value="ped-anova">PED-ANOVA</vscode-option>
              <vscode-option value="fanova">fANOVA</vscode-option>
              <vscode-option value="mdi">Mean decrease impurity</vscode-option>
            </vscode-dropdown>
            <button
              class="icon-button"
              title=${blocked ?? "Freeze a parameter in a follow-up study"}
              aria-label="Freeze a parameter"
              ?disabled=${blocked !== null || study.counts.COMPLETE === 0}
              @click=${() => void this.act({ type: "freeze" })}
            >
              ${icon("lock")}
            </button>`,
      chart: html`<tunelens-importance-chart
        .importance=${this.data.importances}
        .objectives=${study.directions.length}
        .freezeBlocked=${blocked}
        .asTable=${asTable.includes("importance")}
      ></tunelens-importance-chart>`,
      onTable: () => this.toggleTable("importance"),
    });
  }

  private curvesCard(study: StudySummary): TemplateResult {
    const { asTable, curvesLog } = this.navigation;
    return chartCard({
      id: "curves",
      title: "Learning Curves",
      note:
        study.directions.length > 1 ? "not available for several objectives" : chartLegend(study.counts.RUNNING > 0),
      asTable: asTable.includes("curves"),
      controls: this.logToggle("curvesLog", "Logarithmic value axis"),
      chart: html`<tunelens-curves-chart
        .curves=${this.data.curves}
        .best=${study.best?.number ?? null}
        .metric=${objectiveName(study) === "Value" ? "Reported value" : objectiveName(study)}
        .log=${curvesLog}
        .asTable=${asTable.includes("curves")}
      ></tunelens-curves-chart>`,
      onTable: () => this.toggleTable("curves"),
    });
  }

  private logToggle(key: "historyLog" | "curvesLog", label: string): TemplateResult {
    const isOn = this.navigation[key];
    return html`<button
      class="text-toggle"
      aria-pressed=${isOn}
      aria-label=${label}
      title=${label}
      @click=${() => this.navigate({ [key]: !isOn })}
    >
      log
    </button>`;
  }

  private banners(snapshot: DashboardSnapshot, status: StudyStatus): TemplateResult {
    const act = (type: "showOutput") => () => void this.act({ type });
    const severity = snapshot.error?.paused ? "warning" : "error";
    return html`${
      snapshot.error === null
        ? nothing
        : html`<div class="banner ${severity}" role="alert">
            ${icon(severity)}<span class="banner-text">${snapshot.error.message}</span>
            <vscode-button appearance="secondary" @click=${act("showOutput")}>Show Output</vscode-button>
          </div>`
    }
    ${
      snapshot.trusted
        ? nothing
        : html`<div class="banner warning" role="note">
            ${icon("warning")}<span class="banner-text"
              >This workspace is not trusted. You can browse trials but not run studies.</span
            >
          </div>`
    }
    ${
      status === "elsewhere"
        ? html`<div class="banner info" role="note">
            ${icon("info")}<span class="banner-text"
              >Another process is running this study. Its trials appear here as it writes them.</span
            >
          </div>`
        : nothing
    }`;
  }

  private problem(problem: string): TemplateResult {
    const close = () => {
      this.data.problem = null;
      this.requestUpdate();
    };
    return html`<div class="banner error" role="alert">
      ${icon("error")}<span class="banner-text">${problem}</span>
      <button class="icon-button" title="Dismiss" aria-label="Dismiss" @click=${close}>${icon("close")}</button>
    </div>`;
  }

  private nothingYet(snapshot: DashboardSnapshot, status: StudyStatus): TemplateResult {
    const blocked = startBlockedBy(snapshot);
    const texts: Partial<Record<StudyStatus, readonly [string, string]>> = {
      deleted: [
        "This study was deleted",
        `${snapshot.storage} no longer contains it. Starting it creates a new study.`,
      ],
      waiting: ["Waiting for the first trial…", "The training process is loading the study file."],
      failed: ["The study did not start", "See the output for the cause."],
    };
    const [title, text] = texts[status] ?? [
      "This study has not run yet",
      "Its trials, learning curves, and parameter importance appear here when you start it.",
    ];
    const isWaiting = snapshot.running !== null;
    return html`<div class="empty">
      ${
        isWaiting
          ? html`<vscode-progress-ring aria-label="Starting"></vscode-progress-ring>`
          : html`<span class="empty-icon">${icon(status === "deleted" ? "circleSlash" : "graph")}</span>`
      }
      <h2>${title}</h2>
      <p>${text}</p>
      ${
        isWaiting
          ? nothing
          : html`<div class="empty-actions">
              <vscode-button
                ?disabled=${blocked !== null}
                title=${blocked ?? ""}
                @click=${() => void this.act({ type: "start" })}
                >${icon("play", "start")}Start Study</vscode-button
              >
              <vscode-button appearance="secondary" @click=${() => void this.act({ type: "openSource" })}
                >${icon("file", "start")}Open Study File</vscode-button
              >
            </div>`
      }
    </div>`;
  }

  private listen<K extends keyof DashboardEvents>(type: K, listener: (detail: DashboardEvents[K]) => void): void {
    this.addEventListener(type, (event) => listener((event as CustomEvent<DashboardEvents[K]>).detail));
  }

  private navigate(change: Partial<Navigation>): void {
    this.navigation = { ...this.navigation, ...change };
    this.api.setState(this.navigation);
    this.requestUpdate();
  }

  private toggleTable(chart: string): void {
    const { asTable } = this.navigation;
    this.navigate({
      asTable: asTable.includes(chart) ? asTable.filter((other) => other !== chart) : [...asTable, chart],
    });
  }

  private useEvaluator(value: string): void {
    const evaluator: ImportanceEvaluatorName = value === "fanova" || value === "mdi" ? value : "ped-anova";
    if (evaluator === this.navigation.evaluator) return;
    this.navigate({ evaluator });
    this.data.useEvaluator(evaluator);
  }

  private async act(action: DashboardAction): Promise<void> {
    try {
      await this.host.act(action);
    } catch (error) {
      this.data.report(error);
    }
  }
}
