import type { StudySummary } from "../protocol/inspector.js";
import type { ParamOutline } from "../protocol/param-outline.js";
import { ownValue } from "../protocol/own-value.js";
import type { WireParamValue } from "../protocol/wire.js";
import { formatParam } from "../format/numbers.js";
import { askParamValue, describeRange } from "./param-input.js";
import { pickOne } from "./surfaces.js";

type Params = Readonly<Record<string, WireParamValue>>;

/**
 * An editor for a trial's parameters: a list of them, each of which can be changed or left to the sampler, until the user enqueues the trial.
 * @param from the values to begin with.
 * @returns undefined if the user cancels.
 */
export async function askParams({ name, params, followUp }: StudySummary, from: Params): Promise<Params | undefined> {
  const frozen = followUp?.frozen ?? {};
  const free = params.filter((param) => !Object.hasOwn(frozen, param.name));
  const values = new Map(free.flatMap((param) => entryOf(from, param.name)));
  const title = `Enqueue Trial: ${name}`;
  for (;;) {
    const items = free.map((param) => paramItem(param, values.get(param.name)));
    const enqueue = { icon: "run-all", label: "Enqueue", description: described(values), param: undefined };
    const options = { title, placeHolder: "Select a parameter to change its value, or enqueue the trial" };
    const chosen = await pickOne([enqueue, ...items], options);
    if (!chosen) return undefined;
    const { param } = chosen;
    if (param === undefined) return Object.fromEntries(values);
    await change(param, values, title);
  }
}

async function change(param: ParamOutline, values: Map<string, WireParamValue>, title: string): Promise<void> {
  const current = values.get(param.name);
  const fixed = { label: "Set a value", description: describeRange(param), fixes: true };
  const sampled = { label: "Leave to the sampler", fixes: false };
  const how = current === undefined ? fixed : await pickOne([fixed, sampled], { title: `${title}: ${param.name}` });
  if (!how) return;
  if (!how.fixes) {
    values.delete(param.name);
    return;
  }
  const value = await askParamValue(param, current, `${title}: ${param.name}`);
  if (value !== undefined) values.set(param.name, value);
}

function paramItem(param: ParamOutline, value: WireParamValue | undefined) {
  return {
    icon: "edit",
    label: param.name,
    description: value === undefined ? "left to the sampler" : formatParam(value),
    detail: describeRange(param),
    param,
  };
}

function entryOf(from: Params, name: string): [string, WireParamValue][] {
  const value = ownValue(from, name);
  return value === undefined ? [] : [[name, value]];
}

function described(values: ReadonlyMap<string, WireParamValue>): string {
  return [...values].map(([name, value]) => `${name} = ${formatParam(value)}`).join(", ");
}
