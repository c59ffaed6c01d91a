import add from "@vscode/codicons/src/icons/add.svg";
import arrowDown from "@vscode/codicons/src/icons/arrow-down.svg";
import arrowUp from "@vscode/codicons/src/icons/arrow-up.svg";
import chip from "@vscode/codicons/src/icons/chip.svg";
import chevronDown from "@vscode/codicons/src/icons/chevron-down.svg";
import chevronRight from "@vscode/codicons/src/icons/chevron-right.svg";
import folder from "@vscode/codicons/src/icons/folder-opened.svg";
import save from "@vscode/codicons/src/icons/save.svg";
import circleSlash from "@vscode/codicons/src/icons/circle-slash.svg";
import close from "@vscode/codicons/src/icons/close.svg";
import code from "@vscode/codicons/src/icons/code.svg";
import copy from "@vscode/codicons/src/icons/copy.svg";
import ellipsis from "@vscode/codicons/src/icons/ellipsis.svg";
import edit from "@vscode/codicons/src/icons/edit.svg";
import error from "@vscode/codicons/src/icons/error.svg";
import file from "@vscode/codicons/src/icons/go-to-file.svg";
import filter from "@vscode/codicons/src/icons/filter.svg";
import graph from "@vscode/codicons/src/icons/graph-line.svg";
import history from "@vscode/codicons/src/icons/history.svg";
import info from "@vscode/codicons/src/icons/info.svg";
import listFilter from "@vscode/codicons/src/icons/list-filter.svg";
import listSelection from "@vscode/codicons/src/icons/list-selection.svg";
import lock from "@vscode/codicons/src/icons/lock.svg";
import note from "@vscode/codicons/src/icons/note.svg";
import output from "@vscode/codicons/src/icons/output.svg";
import pause from "@vscode/codicons/src/icons/debug-pause.svg";
import pin from "@vscode/codicons/src/icons/pin.svg";
import pinned from "@vscode/codicons/src/icons/pinned.svg";
import play from "@vscode/codicons/src/icons/play.svg";
import runAll from "@vscode/codicons/src/icons/run-all.svg";
import settings from "@vscode/codicons/src/icons/settings.svg";
import starEmpty from "@vscode/codicons/src/icons/star-empty.svg";
import star from "@vscode/codicons/src/icons/star-full.svg";
import stop from "@vscode/codicons/src/icons/debug-stop.svg";
import tag from "@vscode/codicons/src/icons/tag.svg";
import table from "@vscode/codicons/src/icons/table.svg";
import warning from "@vscode/codicons/src/icons/warning.svg";
import type { TemplateResult } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import { html } from "./html.js";

const icons = {
  add,
  arrowDown,
  arrowUp,
  chip,
  circleSlash,
  save,
  folder,
  chevronRight,
  chevronDown,
  close,
  code,
  copy,
  ellipsis,
  edit,
  error,
  file,
  filter,
  graph,
  history,
  info,
  listFilter,
  listSelection,
  lock,
  note,
  output,
  pause,
  pin,
  pinned,
  play,
  runAll,
  settings,
  star,
  starEmpty,
  stop,
  table,
  tag,
  warning,
};

export type IconName = keyof typeof icons;

/** One of the editor's own icons, in the color of the text around it. Decoration: the text beside it has the meaning. */
export function icon(name: IconName, slot?: string): TemplateResult {
  return slot === undefined
    ? html`<span class="icon" aria-hidden="true">${unsafeHTML(icons[name])}</span>`
    : html`<span class="icon" aria-hidden="true" slot=${slot}>${unsafeHTML(icons[name])}</span>`;
}
