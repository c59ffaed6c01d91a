import type { TemplateResult } from "lit";
import Papa from "papaparse";
import * as v from "valibot";

import { formatNumber } from "../../src/format/numbers.js";
import type { Artifact } from "../../src/protocol/annotations.js";
import type { ArtifactContent } from "../../src/protocol/inspector.js";
import { formatInteger } from "../format.js";
import { html } from "../html.js";
import { markdown } from "./markdown.js";

type Content = Extract<ArtifactContent, { kind: "content" }>;

/** Of which the browser runs nothing in an image. */
const images: readonly string[] = [
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/bmp",
  "image/avif",
  "image/svg+xml",
];

const MAX_ROWS = 200;
const MAX_COLUMNS = 50;
const MAX_TEXT = 100_000;

const confusionMatrix = v.object({
  type: v.literal("confusion-matrix"),
  labels: v.optional(v.array(v.union([v.string(), v.number()]))),
  matrix: v.pipe(v.array(v.pipe(v.array(v.number()), v.maxLength(MAX_COLUMNS))), v.maxLength(MAX_COLUMNS)),
});

const modelSummary = v.object({
  type: v.literal("model-summary"),
  layers: v.array(
    v.object({ name: v.string(), type: v.string(), outputShape: v.array(v.nullable(v.number())), params: v.number() }),
  ),
});

export function isImage({ mimetype, encoding }: Artifact): boolean {
  return encoding === null && images.includes(mimetype);
}

/** @param artifact an image. */
export function artifactImage({ mimetype }: Artifact, { base64 }: Content, description: string): TemplateResult {
  return html`<img class="artifact-image" alt=${description} src="data:${mimetype};base64,${base64}" />`;
}

/** What is in a file: an image, a table, a confusion matrix, a model's layers, or text. */
export function artifactView(artifact: Artifact, content: Content): TemplateResult {
  const { filename, mimetype, encoding } = artifact;
  if (isImage(artifact)) return artifactImage(artifact, content, filename);
  const text = encoding === null ? decoded(content.base64) : null;
  if (text === null) return html`<p class="faint">Not text. Save it to open it.</p>`;
  if (mimetype === "text/csv" || mimetype === "text/tab-separated-values") return csvTable(text);
  if (mimetype === "text/markdown") return markdown(text, () => {}, 4);
  if (mimetype === "application/json") return json(text);
  return plain(text);
}

/** null if it is not text. */
function decoded(base64: string): string | null {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

function plain(text: string): TemplateResult {
  const shown = text.slice(0, MAX_TEXT);
  return html`<pre class="artifact-text" tabindex="0">${shown}${shown.length < text.length ? "\n…" : ""}</pre>`;
}

function json(text: string): TemplateResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return plain(text);
  }
  if (v.is(confusionMatrix, value)) return confusionTable(value);
  if (v.is(modelSummary, value)) return layersTable(value);
  return plain(JSON.stringify(value, null, 2));
}

function csvTable(text: string): TemplateResult {
  const { data } = Papa.parse<string[]>(text, { preview: MAX_ROWS + 1, skipEmptyLines: true });
  const [header = [], ...rows] = data.map((row) => row.slice(0, MAX_COLUMNS));
  return scrolling(
    html`<table>
        <thead>
          <tr>
            ${header.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${row.map((cell) => html`<td>${cell}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
      ${rows.length === MAX_ROWS ? html`<p class="faint">The first ${formatInteger(MAX_ROWS)} rows.</p>` : ""}`,
  );
}

/** Rows are what is true, columns what was predicted; the shade is the share of the row. */
function confusionTable({ labels = [], matrix }: v.InferOutput<typeof confusionMatrix>): TemplateResult {
  const label = (i: number) => labels[i] ?? i;
  const width = Math.max(0, ...matrix.map((row) => row.length));
  const columns = Array.from({ length: width }, (_, i) => i);
  return scrolling(
    html`<table class="confusion">
      <caption class="faint">
        Rows: true class. Columns: predicted class.
      </caption>
      <thead>
        <tr>
          <td></td>
          ${columns.map((i) => html`<th scope="col">${label(i)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${matrix.map((row, i) => {
          const total = row.reduce((sum, count) => sum + count, 0);
          return html`<tr>
            <th scope="row">${label(i)}</th>
            ${row.map((count) => confusionCell(count, total))}
          </tr>`;
        })}
      </tbody>
    </table>`,
  );
}

const SHADES = 10;

function confusionCell(count: number, total: number): TemplateResult {
  const share = total > 0 ? Math.min(1, Math.max(0, count / total)) : 0;
  const title = `${formatNumber(100 * share)}% of the row`;
  return html`<td data-shade=${Math.ceil(share * SHADES)} title=${title}>${formatNumber(count)}</td>`;
}

function layersTable({ layers }: v.InferOutput<typeof modelSummary>): TemplateResult {
  const total = layers.reduce((sum, { params }) => sum + params, 0);
  return scrolling(
    html`<table>
      <thead>
        <tr>
          <th scope="col">Layer</th>
          <th scope="col">Type</th>
          <th scope="col">Output shape</th>
          <th scope="col">Parameters</th>
        </tr>
      </thead>
      <tbody>
        ${layers.map(
          ({ name, type, outputShape, params }) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td>${type}</td>
              <td>${outputShape.map((size) => size ?? "?").join(" × ")}</td>
              <td>${formatInteger(params)}</td>
            </tr>`,
        )}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colspan="3">Total</th>
          <td>${formatInteger(total)}</td>
        </tr>
      </tfoot>
    </table>`,
  );
}

function scrolling(content: TemplateResult): TemplateResult {
  return html`<div class="table-scroll" tabindex="0" role="group" aria-label="Table">${content}</div>`;
}
