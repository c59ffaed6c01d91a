import { LitElement, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";

import type { ChartName } from "../src/protocol/charts.js";
import type { CardPlace } from "../src/protocol/dashboard-layout.js";
import type { DashboardAction, DashboardSnapshot } from "../src/protocol/dashboard.js";
import type { StudySummary } from "../src/protocol/inspector.js";
import { joinClauses, withClause } from "../src/query/clauses.js";
import { bestCard } from "./study/best-card.js";
import { type ChartChoice, chartStudy } from "./charts/chart.js";
import { charts } from "./charts/charts.js";
import { type DashboardEvents, emit } from "./events.js";
import { DashboardHost, type WebviewApi } from "./host.js";
import { html } from "./html.js";
import { icon } from "./icons.js";
import type { CardGrid } from "./layout/card-grid.js";
import "./layout/card-grid.js";
import {
  add,
  addable,
  type CardKind,
  cardOf,
  cardTitle,
  defaultLayout,
  firstChoice,
  kindOf,
  knownCards,
} from "./layout/cards.js";
import type { MenuItem } from "./menu.js";
import { runningStrip } from "./study/running-strip.js";
import { type Navigation, readNavigation } from "./navigation.js";
import { StudyData } from "./study-data.js";
import { studyHeader } from "./study/study-header.js";
import { startBlockedBy, type StudyStatus, studyStatus } from "./study/study-status.js";
import { annotations } from "./notes/annotations.js";
import { MAX_PINNED, togglePins } from "./table/pinned-trials.js";
import { selectionOf } from "./table/selection.js";
import type { TrialGrid } from "./table/trial-grid.js";
import "./dashboard.css";

declare function acquireVsCodeApi(): WebviewApi;

/** The page: one study as the host describes it, and the user's place on the page. */
@customElement("tunelens-dashboard")
export class Dashboard extends LitElement {
  private readonly api = acquireVsCodeApi();
  private navigation: Navigation = readNavigation(this.api.getState());
  private readonly data = new StudyData(
    () => this.requestUpdate(),
    (trial) => this.navigate({ selectedTrial: trial }),
  );
  private readonly host = new DashboardHost(this.api, this.data);

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.listen("navigate", (change) => this.navigate(change));
    this.listen("select-trial", (trial) =>
      this.navigate({ selectedTrial: trial, ...selectionOf(trial === null ? [] : [trial]), isComparing: false }),
    );
    this.addEventListener("select-trial", (event) => this.reveal(event as CustomEvent<number | null>));
    this.listen("pin", (trials) => this.pin(trials));
    this.listen("filter", (clause) => this.navigate({ filter: [...withClause(this.navigation.filter, clause)] }));
    this.listen("choose", ({ card, change }) => this.choose(card, change));
    this.listen("problem", (problem) => this.data.report(problem));
    this.listen("show-chart", ({ chart, choice }) => void this.showChart(chart, choice));
    this.listen("layout", (layout) => void this.lay(layout));
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
      ${studyHeader(snapshot, status, (action) => void this.act(action), snapshot.study === null ? nothing : this.pageMenu(snapshot.study))}
      ${problem === null ? nothing : this.problem(problem)} ${this.banners(snapshot, status)}
      ${snapshot.study === null ? nothing : annotations(this.host, snapshot.study, null)}
      ${runningStrip(snapshot, this.data.epochs, (action) => void this.act(action))}
      ${snapshot.study === null ? this.nothingYet(snapshot, status) : this.cards(snapshot, snapshot.study)}
    </main>`;
  }

  private cards(snapshot: DashboardSnapshot, study: StudySummary): TemplateResult {
    const blocked = startBlockedBy(snapshot);
    return html`<tunelens-card-grid
      .layout=${this.layout(study)}
      .content=${(id: string) => this.card(id, study, blocked)}
    ></tunelens-card-grid>`;
  }

  private card(id: string, study: StudySummary, blocked: string | null): TemplateResult {
    const { kind, number } = cardOf(id)!;
    if (kind === "best")
      return bestCard(
        study,
        (action) => void this.act(action),
        (trial) => emit(this, "select-trial", trial),
      );
    if (kind !== "trials") return this.chartCard(id, kind, number, study, blocked);
    return html`<tunelens-trials-card
      .host=${this.host}
      .study=${study}
      .navigation=${this.navigation}
      .epochs=${this.data.epochs}
      .revision=${this.data.revision}
      .retrainBlocked=${blocked}
    ></tunelens-trials-card>`;
  }

  private chartCard(
    id: string,
    name: ChartName,
    number: number,
    study: StudySummary,
    blocked: string | null,
  ): TemplateResult {
    return html`<tunelens-chart-card
      .card=${id}
      .host=${this.host}
      .name=${name}
      .study=${chartStudy(study)}
      .filter=${joinClauses(this.navigation.filter)}
      .choice=${{ ...firstChoice(name, number, study), ...this.navigation.charts[id] }}
      .blocked=${blocked}
      .selected=${this.selected()}
      .trials=${Object.values(study.counts).reduce((sum, count) => sum + count, 0)}
      .revision=${this.data.revision}
    ></tunelens-chart-card>`;
  }

  /** A trial that is selected anywhere but in the table is shown there, too. */
  private reveal({ target, detail: trial }: CustomEvent<number | null>): void {
    if (trial === null || (target as Element).closest("tunelens-trials-card") !== null) return;
    this.querySelector<TrialGrid>("tunelens-trial-grid")?.revealTrial(trial);
  }

  /** The open trial is selected, too. Where all are, none is marked. */
  private selected(): readonly number[] {
    const { selectedTrial, selection, isSelectionInverted } = this.navigation;
    const listed = isSelectionInverted ? [] : selection;
    return [...new Set(selectedTrial === null ? listed : [selectedTrial, ...listed])];
  }

  /** Which cards there are, and which there could be. */
  private pageMenu(study: StudySummary): TemplateResult {
    const layout = this.layout(study);
    const items = (): MenuItem[] => [
      ...addable(layout).map((kind) => ({
        label: kind === "best" || kind === "trials" ? cardTitle(kind) : charts[kind].title,
        detail: kind === "best" ? "The best trial." : kind === "trials" ? "All trials." : charts[kind].about,
        choose: () => void this.addCard(layout, kind),
      })),
      { label: "Reset Layout", startsGroup: true, choose: () => emit(this, "layout", null) },
    ];
    return html`<tunelens-menu
      .label=${"Add Chart"}
      .text=${"Add Chart"}
      .iconName=${"add"}
      .items=${items}
    ></tunelens-menu>`;
  }

  private async addCard(layout: readonly CardPlace[], kind: CardKind): Promise<void> {
    const added = add(layout, kind);
    emit(this, "layout", added.layout);
    await this.updateComplete;
    const grid = this.querySelector<CardGrid>("tunelens-card-grid")!;
    await grid.updateComplete;
    await grid.announce(added.id, "added");
  }

  /** In its card, which is added if there is none. */
  private async showChart(chart: ChartName, choice: ChartChoice): Promise<void> {
    const study = this.data.snapshot?.study;
    if (study == null) return;
    const layout = this.layout(study);
    const shown = layout.find(({ id }) => cardOf(id)!.kind === chart);
    this.choose(shown?.id ?? add(layout, chart).id, choice);
    if (shown === undefined) await this.addCard(layout, chart);
    this.querySelector(`.card-slot[data-card="${shown?.id ?? chart}"]`)?.scrollIntoView({ block: "center" });
  }

  private layout(study: StudySummary): readonly CardPlace[] {
    return knownCards(this.data.layouts[kindOf(study)] ?? defaultLayout(study));
  }

  private async lay(layout: readonly CardPlace[] | null): Promise<void> {
    const study = this.data.snapshot?.study;
    if (study == null) return;
    this.data.layouts = { ...this.data.layouts, [kindOf(study)]: layout ?? undefined };
    this.requestUpdate();
    try {
      await this.host.saveLayout(kindOf(study), layout);
    } catch (error) {
      this.data.report(error);
    }
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
    // All trials that match another filter are other trials.
    const isOther = change.filter !== undefined && this.navigation.isSelectionInverted;
    this.navigation = { ...this.navigation, ...(isOther ? selectionOf([]) : {}), ...change };
    this.api.setState(this.navigation);
    this.requestUpdate();
  }

  private pin(trials: readonly number[]): void {
    const pinned = togglePins(this.navigation.pinned, trials);
    if (pinned.length > MAX_PINNED)
      this.data.report(new Error(`At most ${MAX_PINNED} trials can be pinned. Unpin one first.`));
    else this.navigate({ pinned });
  }

  private choose(card: string, change: ChartChoice): void {
    const chosen = this.navigation.charts;
    this.navigate({ charts: { ...chosen, [card]: { ...chosen[card], zoom: undefined, ...change } } });
  }

  private async act(action: DashboardAction): Promise<void> {
    try {
      await this.host.act(action);
    } catch (error) {
      this.data.report(error);
    }
  }
}
