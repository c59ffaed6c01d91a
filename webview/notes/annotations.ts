import { nothing, type TemplateResult } from "lit";

import type { StudySummary, TrialDetail } from "../../src/protocol/inspector.js";
import type { DashboardHost } from "../host.js";
import { html } from "../html.js";
import "./annotations.css";
import "./artifacts.js";
import "./note.js";
import "./tags.js";

/** The note and tags of a trial, or of the study itself. */
export function annotations(host: DashboardHost, study: StudySummary, trial: TrialDetail | null): TemplateResult {
  const { note, tags, artifacts } = trial ?? study;
  const blocked = readOnlyBecause(study);
  const number = trial?.number ?? null;
  return html`<div class="annotations">
    <tunelens-tags
      .host=${host}
      .trial=${number}
      .tags=${tags}
      .knownTags=${study.knownTags}
      .blocked=${blocked}
    ></tunelens-tags>
    <tunelens-note
      .host=${host}
      .trial=${number}
      .note=${note}
      .artifacts=${artifacts}
      .blocked=${blocked}
    ></tunelens-note>
    ${
      artifacts.length === 0
        ? nothing
        : html`<tunelens-artifacts .host=${host} .trial=${number} .artifacts=${artifacts}></tunelens-artifacts>`
    }
  </div>`;
}

function readOnlyBecause({ olderLibrary, storage }: StudySummary): string | null {
  if (storage.startsWith("journal:")) return "Read-only: Tunelens only reads journals.";
  return olderLibrary === null ? null : `Read-only: Optuna ${olderLibrary} wrote this study.`;
}
