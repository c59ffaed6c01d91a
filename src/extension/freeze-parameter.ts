import type { InspectorFunctions, StudySummary, TrialDetail } from "../protocol/inspector.js";
import { ownValue } from "../protocol/own-value.js";
import type { FreezeRequest } from "../protocol/trainer.js";
import type { WireParamValue } from "../protocol/wire.js";
import { askCount } from "./ask-count.js";
import { askParamValue, describeRange } from "./param-input.js";
import { formatNumber, formatParam } from "../format/numbers.js";
import { plural } from "../format/plural.js";
import type { StudyId } from "./study-id.js";
import type { StudyTarget } from "./study-target.js";
import { pickMany, pickOne, showMessage } from "./surfaces.js";

/** A follow-up study to start. */
export interface FollowUpPlan {
  readonly study: StudyId;
  readonly freeze: FreezeRequest;
  /** How many trials beside those taken along. */
  readonly trials: number;
}

interface FrozenParam {
  readonly name: string;
  readonly value: WireParamValue;
}

const TITLE = "Freeze Parameters";
const DEFAULT_TRIALS = 20;

/**
 * Asks which parameters a follow-up study freezes, at which values, and for how many trials.
 * @param target may already name the parameter, and a trial that has the values.
 * @returns undefined if the user cancels, or if there is nothing to freeze (the user is told).
 */
export async function planFollowUp(
  inspector: InspectorFunctions,
  target: StudyTarget,
  summary: StudySummary,
): Promise<FollowUpPlan | undefined> {
  const { study } = target;
  const trial =
    target.trial === undefined ? undefined : await inspector.getTrial(study.storage, study.name, target.trial);
  const names = target.param === undefined ? await pickParams(inspector, summary, trial) : [target.param];
  if (names === undefined || names.length === 0) return undefined;
  const frozen: FrozenParam[] = [];
  for (const name of names) {
    const value = await pickValue(inspector, summary, name, trial);
    if (value === undefined) return undefined;
    frozen.push({ name, value });
  }
  const trials = await askTrials(summary, frozen);
  if (trials === undefined) return undefined;
  const name = await followUpName(inspector, study, frozen);
  return { study: { ...study, name }, freeze: { params: frozen, name }, trials };
}

/** As the training process names follow-up studies: with six digits of a number, or all where another study is called so. */
async function followUpName(
  inspector: InspectorFunctions,
  study: StudyId,
  frozen: readonly FrozenParam[],
): Promise<string> {
  const named = (textOf: (value: WireParamValue) => string) =>
    [study.name, ...frozen.map(({ name, value }) => `${name}-${textOf(value)}`)].join("-");
  const short = named(shortValue);
  const found = (await inspector.listStudies(study.storage)).find(({ name }) => name === short);
  const isSame = frozen.every(({ name, value }) => ownValue(found?.followUp?.frozen ?? {}, name) === value);
  return found === undefined || isSame ? short : named(String);
}

function shortValue(value: WireParamValue): string {
  return String(typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value);
}

/** The most important first. */
async function pickParams(
  inspector: InspectorFunctions,
  summary: StudySummary,
  trial: TrialDetail | undefined,
): Promise<readonly string[] | undefined> {
  const { storage, name, directions, best } = summary;
  const params = trial?.params ?? best?.params ?? {};
  const free = summary.params.filter((param) => !Object.hasOwn(summary.followUp?.frozen ?? {}, param.name));
  const { importances } = await inspector.getChart(storage, name, { chart: "importance" });
  const share = (param: string) => importances.find((found) => found.name === param)?.importance;
  const items = free
    .map((param) => ({ param: param.name, share: share(param.name) }))
    .sort((a, b) => (b.share ?? -1) - (a.share ?? -1))
    .map(({ param, share }) => {
      const value = ownValue(params, param);
      const whose = trial ? `trial ${trial.number}` : "best trial";
      return {
        label: param,
        description: share === undefined ? "" : `importance ${(share * 100).toFixed(0)}%`,
        ...(value === undefined || directions.length > 1 ? {} : { detail: `${formatParam(value)} in the ${whose}` }),
      };
    });
  if (items.length === 0) {
    void showMessage("info", `${name} has no parameter to freeze.`);
    return undefined;
  }
  const placeHolder = "Select the parameters to freeze in the follow-up study";
  return (await pickMany(items, { title: TITLE, placeHolder }))?.map(({ label }) => label);
}

/** A value that trials have, the one of the named or the best trial first, or any other that the parameter can have. */
async function pickValue(
  inspector: InspectorFunctions,
  { storage, name, params }: StudySummary,
  param: string,
  trial: TrialDetail | undefined,
): Promise<WireParamValue | undefined> {
  const title = `${TITLE}: ${param}`;
  const tried = await inspector.getParamValues(storage, name, param);
  const outline = params.find((known) => known.name === param);
  const own = ownValue(trial?.params ?? {}, param);
  const first = tried.filter(({ value }) => value === own);
  const items = [...first, ...tried.filter(({ value }) => value !== own)].map(({ value, trials, best }, i) => ({
    ...(i === 0 ? { icon: "star-full" } : {}),
    label: formatParam(value),
    description: best ? `best ${formatNumber(best.value)}, trial ${best.number}` : "",
    detail: `follow-up study starts with ${plural(trials, "trial")}`,
    value,
  }));
  if (items.length === 0) {
    void showMessage("info", `No finished trial has a parameter "${param}".`);
    return undefined;
  }
  const placeHolder = "Select a value. The follow-up study starts with the trials that have it.";
  const other = outline
    ? [{ icon: "edit", label: "Another Value…", description: describeRange(outline), detail: "", value: undefined }]
    : [];
  const chosen = await pickOne([...items, ...other], { title, placeHolder });
  if (!chosen || chosen.value !== undefined || !outline) return chosen?.value;
  return askParamValue(outline, tried[0]?.value, title);
}

function askTrials({ source, followUp }: StudySummary, frozen: readonly FrozenParam[]): Promise<number | undefined> {
  const own = source?.trials == null ? DEFAULT_TRIALS : source.trials - (followUp?.taken ?? 0);
  return askCount({
    title: `${TITLE}: ${frozen.map(({ name, value }) => `${name} = ${formatParam(value)}`).join(", ")}`,
    prompt: "How many trials should the follow-up study run?",
    value: own > 0 ? own : DEFAULT_TRIALS,
  });
}
