import { nothing, type TemplateResult } from "lit";

import type { DashboardAction, DashboardSnapshot } from "../../src/protocol/dashboard.js";
import { describeStepTimes } from "../../src/format/backend-description.js";
import { learnedShare } from "../../src/format/learned.js";
import { countShown, type ShownState } from "../../src/format/shown-state.js";
import { freezesParams } from "../../src/protocol/follow-up-info.js";
import type { LearnedInfo } from "../../src/protocol/inspector.js";
import type { FollowUpInfo } from "../../src/protocol/trainer.js";
import { bar } from "./epoch-progress.js";
import { formatParam } from "../../src/format/numbers.js";
import { formatInteger, formatTrials } from "../format.js";
import { html } from "../html.js";
import { icon } from "../icons.js";
import { startBlockedBy, statusLabels, type StudyStatus, studyProgress } from "./study-status.js";
import { stateLabels } from "../trial-state.js";
import "./study-header.css";

/** The study's name, what it is doing, how far it is, and its buttons. */
export function studyHeader(
  snapshot: DashboardSnapshot,
  status: StudyStatus,
  act: (action: DashboardAction) => void,
  pageMenu: TemplateResult | typeof nothing,
): TemplateResult {
  return html`<header class="study">
    <div class="study-title">
      <h1 class="ellipsis" title=${snapshot.studyName}>${snapshot.studyName}</h1>
      <span class="pill" data-status=${status} role="status">${statusLabels[status]}</span>
    </div>
    <div class="study-actions" role="group" aria-label="Study">${actions(snapshot, status, act)} ${pageMenu}</div>
    ${progressLine(snapshot, act)} ${facts(snapshot)}
  </header>`;
}

function actions(
  snapshot: DashboardSnapshot,
  status: StudyStatus,
  act: (action: DashboardAction) => void,
): TemplateResult {
  const { running, study } = snapshot;
  const blocked = startBlockedBy(snapshot);
  const hasTrials = study !== null && Object.values(study.counts).some((count) => count > 0);
  const isDone = status === "finished";
  const startTitle = isDone
    ? "All trials have finished. Resume to run more"
    : hasTrials
      ? "Resume this study"
      : "Start this study";
  return html`${
      running === null
        ? html`<vscode-button
            appearance=${isDone ? "secondary" : "primary"}
            ?disabled=${blocked !== null}
            title=${blocked ?? startTitle}
            @click=${() => act({ type: "start" })}
            >${icon("play", "start")}${hasTrials ? "Resume" : "Start"}</vscode-button
          >`
        : html`${pauseButton(snapshot, act)}<vscode-button
              title=${running.stopping ? "Click again to end it immediately" : "Stop. Resuming repeats the running trial"}
              @click=${() => act({ type: "stop" })}
              >${icon("stop", "start")}${status === "stopping" ? "Stop Now" : "Stop"}</vscode-button
            >`
    }
    ${
      study?.best
        ? html`<vscode-button
            appearance=${isDone ? "primary" : "secondary"}
            ?disabled=${blocked !== null}
            title=${blocked ?? "Train the best trial again, for longer, and save the model"}
            @click=${() => act({ type: "retrain" })}
            >${icon("star", "start")}Retrain Best</vscode-button
          >`
        : nothing
    }
    ${
      study === null || !snapshot.trusted || study.params.length === 0 || study.olderLibrary !== null
        ? nothing
        : html`<button
            class="icon-button"
            title="Enqueue a trial"
            aria-label="Enqueue a trial"
            @click=${() => act({ type: "enqueue" })}
          >
            ${icon("runAll")}
          </button>`
    }
    <button
      class="icon-button"
      title="Open study file"
      aria-label="Open study file"
      @click=${() => act({ type: "openSource" })}
    >
      ${icon("file")}
    </button>
    <button
      class="icon-button"
      title="Show output"
      aria-label="Show output"
      @click=${() => act({ type: "showOutput" })}
    >
      ${icon("output")}
    </button>`;
}

/** A retraining is one trial: there is nothing to pause after it. */
function pauseButton(
  { running }: DashboardSnapshot,
  act: (action: DashboardAction) => void,
): TemplateResult | typeof nothing {
  if (running === null || running.kind === "retrain" || running.stopping) return nothing;
  return running.pausing
    ? html`<vscode-button
        appearance="secondary"
        title="It pauses when its running trials have ended. Resume to go on"
        @click=${() => act({ type: "start" })}
        >${icon("play", "start")}Resume</vscode-button
      >`
    : html`<vscode-button
        appearance="secondary"
        title="Pause. The running trials end first"
        @click=${() => act({ type: "pause" })}
        >${icon("pause", "start")}Pause</vscode-button
      >`;
}

function changeTrials(
  { trusted, running, study }: DashboardSnapshot,
  act: (action: DashboardAction) => void,
): TemplateResult | typeof nothing {
  const isChangeable = running?.kind === "study" || (running === null && study !== null && study.source !== null);
  if (!trusted || !isChangeable || (study !== null && study.olderLibrary !== null)) return nothing;
  return html`<button
    class="icon-button"
    title="Change number of trials"
    aria-label="Change number of trials"
    @click=${() => act({ type: "setTrials" })}
  >
    ${icon("edit")}
  </button>`;
}

function progressLine(
  snapshot: DashboardSnapshot,
  act: (action: DashboardAction) => void,
): TemplateResult | typeof nothing {
  const { finished, total } = studyProgress(snapshot);
  if (snapshot.study === null && snapshot.running === null) return nothing;
  const text = total === null ? formatTrials(finished) : `${formatInteger(finished)} / ${formatInteger(total)} trials`;
  const share = total === null || total === 0 ? null : Math.min(1, finished / total);
  return html`<div class="study-progress">
    ${
      share === null
        ? nothing
        : html`<div
            class="progress"
            role="progressbar"
            aria-label="Trials finished"
            aria-valuemin="0"
            aria-valuemax=${total ?? 0}
            aria-valuenow=${finished}
          >
            ${bar(share)}
          </div>`
    }
    <span class="study-count">${text}</span>
    ${changeTrials(snapshot, act)}
  </div>`;
}

function facts({ study, running, storage }: DashboardSnapshot): TemplateResult {
  const backend = running?.backend ?? study?.source?.backend ?? null;
  const source = study?.source ?? null;
  const counts = study === null ? [] : Object.entries(countShown(study)).filter(([, count]) => count > 0);
  return html`<div class="study-facts">
    ${counts.map(
      ([state, count]) =>
        html`<span class="fact"
          ><span class="dot" data-state=${state} aria-hidden="true"></span>${formatInteger(count)}
          ${stateLabels[state as ShownState].toLowerCase()}</span
        >`,
    )}
    ${
      study === null || study.front === null
        ? nothing
        : html`<span class="fact" title="Trials that no other trial beats in every objective"
            >${formatInteger(study.front)} on the Pareto front</span
          >`
    }
    ${samplerFact([source?.sampler, source?.pruner].filter(Boolean).join(" · "))} ${followUp(study?.followUp ?? null)}
    ${learned(study?.learned ?? [])}
    ${
      backend === null
        ? nothing
        : html`<span
            class="fact faint"
            title="${backend.backend} · ${backend.device}, TensorFlow.js ${backend.version}${backend.stepTimes ? `, ${describeStepTimes(backend.stepTimes)}` : ""}"
            >${icon("chip")}${backend.backend} · ${backend.device}</span
          >`
    }
    <span class="fact faint ellipsis storage" title=${storage}>${shortStorage(storage)}</span>
  </div>`;
}

function followUp(info: FollowUpInfo | null): TemplateResult | typeof nothing {
  if (!freezesParams(info)) return nothing;
  const { from, frozen, taken } = info;
  const held = Object.entries(frozen).map(([name, value]) => `${name} = ${formatParam(value)}`);
  const text = `${held.join(", ")} frozen`;
  return html`<span class="fact" title="${text}. Follow-up of ${from}, starting with ${formatTrials(taken)} from it"
    >${icon("lock")}${text}</span
  >`;
}

/** The trials of earlier studies, which are not among those that the study was to run. */
function learned(studies: readonly LearnedInfo[]): TemplateResult {
  return html`${studies.map(
    (info) =>
      html`<span class="fact" title="Starts with ${learnedShare(info)}. They don't count toward its trials"
        >${icon("history")}${formatInteger(info.taken)} from ${info.study}</span
      >`,
  )}`;
}

/** A study that another version started may not say it. */
function samplerFact(text: string): TemplateResult | typeof nothing {
  if (text === "") return nothing;
  return html`<span class="fact faint" title=${text}>${text}</span>`;
}

/** The file and its folder; the whole address is in the tooltip. */
function shortStorage(url: string): string {
  const parts = url.replace(/^sqlite:\/+/, "").split("/");
  return parts.length > 2 ? `…/${parts.slice(-2).join("/")}` : parts.join("/");
}
