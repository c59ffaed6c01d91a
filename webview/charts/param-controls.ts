import { nothing, type TemplateResult } from "lit";

import { shortLine } from "../../src/format/visible-text.js";
import { html } from "../html.js";
import { objectiveName } from "../objective-name.js";
import type { ChartContext } from "./chart.js";
import type { FilterAxis } from "./range-clause.js";

const OPTION_CHARS = 40;

/** That of every chart of trials by their parameters. */
export type ParamContext = ChartContext<"slice" | "contour" | "rank" | "parallel-coordinates">;

type PlaneData = { readonly params: readonly string[]; readonly axes: readonly { readonly name: string }[] } | null;

/** Which two parameters span a plane. */
export function planeControls(context: ParamContext, data: PlaneData): TemplateResult {
  const chosen = context.choice.params ?? data?.axes.map(({ name }) => name) ?? [];
  const params = [...new Set([...(data?.params ?? []), ...chosen])];
  const axisChoice = (label: string, place: 0 | 1) =>
    html`<vscode-dropdown
      aria-label=${label}
      title=${`${label}: ${shortLine(chosen[place] ?? "", OPTION_CHARS)}`}
      .value=${chosen[place] ?? ""}
      @change=${({ target }: Event) =>
        context.choose({ params: withAxis(chosen, place, (target as HTMLSelectElement).value) })}
    >
      ${params.map((name) => html`<vscode-option .value=${name}>${shortLine(name, OPTION_CHARS)}</vscode-option>`)}
    </vscode-dropdown>`;
  if (params.length < 2) return html`${objectiveChoice(context)}`;
  return html`${objectiveChoice(context)} ${axisChoice("Horizontal axis", 0)} ${axisChoice("Vertical axis", 1)}`;
}

/** One axis is another parameter; the two change places if it was the other's. */
function withAxis([x = "", y = ""]: readonly string[], place: 0 | 1, name: string): readonly string[] {
  if (place === 0) return [name, name === y ? x : y];
  return [name === x ? y : x, name];
}

/** Which parameters there are axes of, in which order. */
export function paramsControl(context: ParamContext, data: PlaneData, all?: string): TemplateResult {
  const objective = objectiveChoice(context, all);
  if (data === null || data.params.length === 0) return html`${objective}`;
  return html`${objective}
    <tunelens-param-picker
      .params=${data.params}
      .chosen=${context.choice.params ?? data.axes.map(({ name }) => name)}
      .onChoose=${(params: readonly string[]) => context.choose({ params })}
    ></tunelens-param-picker>`;
}

/** Which of several objectives. @param all what no choice stands for, where it stands for all of them. */
export function objectiveChoice(
  { study, choice, choose }: Pick<ChartContext<"history">, "study" | "choice" | "choose">,
  all?: string,
): TemplateResult | typeof nothing {
  if (study.directions.length < 2) return nothing;
  const names = study.directions.map((_, i) => [String(i), objectiveName(study, i)] as const);
  const options = all === undefined ? names : [["", all] as const, ...names];
  const chosen = choice.objective === undefined ? options[0]![0] : String(choice.objective);
  return html`<vscode-dropdown
    aria-label="Objective"
    .value=${chosen}
    @change=${({ target }: Event) => {
      const { value } = target as HTMLSelectElement;
      choose({ objective: value === "" ? undefined : Number(value) });
    }}
  >
    ${options.map(([value, name]) => html`<vscode-option .value=${value}>${shortLine(name, OPTION_CHARS)}</vscode-option>`)}
  </vscode-dropdown>`;
}

/** What a drag along an axis does, from the keyboard. */
export function rangeFilter(context: ParamContext, axes: readonly FilterAxis[]): TemplateResult | typeof nothing {
  if (axes.length === 0) return nothing;
  return html`<tunelens-range-filter
    .axes=${axes}
    .onFilter=${(clause: string) => context.filter(clause)}
  ></tunelens-range-filter>`;
}
