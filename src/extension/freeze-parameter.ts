import type { InspectorFunctions, ParamValueOutline, StudySummary, TrialDetail } from "../protocol/inspector.js";
import { ownValue } from "../protocol/own-value.js";
import type { FreezeRequest } from "../protocol/trainer.js";
import type { WireParamValue } from "../protocol/wire.js";
import { askCount } from "./ask-count.js";
import { formatNumber, formatParam } from "../format/numbers.js";
import { plural } from "../format/plural.js";
import type { StudyId } from "./study-id.js";
import type { StudyTarget } from "./study-target.js";
import { pickOne, showMessage } from "./surfaces.js";

/** A follow-up study to start. */
export interface FollowUpPlan {
  readonly study: StudyId;
  readonly freeze: FreezeRequest;
  /** How many trials beside those taken along. */
  readonly trials: number;
}

const TITLE = "Freeze Parameter";
const DEFAULT_TRIALS = 20;

/**
 * Asks which parameter a follow-up study freezes, at which value, and for how many trials.
 * @param target may already name the parameter, and a trial that has the value.
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
  const param = target.param ?? (await pickParam(inspector, summary, trial));
  if (param === undefined) return undefined;
  const value = await pickValue(await inspector.getParamValues(study.storage, study.name, param), param, trial);
  if (value === undefined) return undefined;
  const trials = await askTrials(summary, param, value);
  if (trials === undefined) return undefined;
  const name = await followUpName(inspector, study, param, value);
  return { study: { ...study, name }, freeze: { params: [{ name: param, value }], name }, trials };
}

/** As the training process names follow-up studies: with six digits of a number, or all where another study is called so. */
async function followUpName(
  inspector: InspectorFunctions,
  study: StudyId,
  param: string,
  value: WireParamValue,
): Promise<string> {
  const full = `${study.name}-${param}-${String(value)}`;
  if (typeof value !== "number") return full;
  const short = `${study.name}-${param}-${Number.isInteger(value) ? value : Number(value.toPrecision(6))}`;
  const found = (await inspector.listStudies(study.storage)).find(({ name }) => name === short);
  return found === undefined || ownValue(found.followUp?.frozen ?? {}, param) === value ? short : full;
}

/** The most important first. */
async function pickParam(
  inspector: InspectorFunctions,
  summary: StudySummary,
  trial: TrialDetail | undefined,
): Promise<string | undefined> {
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
  const placeHolder = "Select a parameter to freeze in the follow-up study";
  const options = { title: `${TITLE} (1/3)`, placeHolder, matchOnDetail: true };
  return (await pickOne(items, options))?.label;
}

async function pickValue(
  tried: readonly ParamValueOutline[],
  param: string,
  trial: TrialDetail | undefined,
): Promise<WireParamValue | undefined> {
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
  return (await pickOne(items, { title: `${TITLE}: ${param} (2/3)`, placeHolder }))?.value;
}

function askTrials(summary: StudySummary, param: string, value: WireParamValue): Promise<number | undefined> {
  const { source, followUp } = summary;
  const own = source?.trials == null ? DEFAULT_TRIALS : source.trials - (followUp?.taken ?? 0);
  return askCount({
    title: `${TITLE}: ${param} = ${formatParam(value)} (3/3)`,
    prompt: "How many trials should the follow-up study run?",
    value: own > 0 ? own : DEFAULT_TRIALS,
  });
}
