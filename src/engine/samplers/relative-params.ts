import { asciiJson } from "../ascii-json.js";
import { toInternal, type Distribution, type ParamValue } from "../distribution.js";
import type { TrialSnapshot, Json } from "../trial/trial-snapshot.js";
import { isJsonObject } from "../json-value.js";
import type { Storage } from "../storage.js";

/** Whose parameters they are. */
export type RelativeParamsPrefix = "tpe" | "gp";

/** Optuna's limit for one attribute on a relational storage. */
const CHUNK_LENGTH = 2045;

/**
 * Tells the other workers of a study which parameters a running trial was given together, before the objective has asked
 * for them: as JSON in chunks under the system attributes `tpe:relative_params:0`, `:1`, …, where Optuna's sampler of the kind reads them.
 */
export function shareRelativeParams(
  storage: Storage,
  trialId: number,
  params: ReadonlyMap<string, ParamValue>,
  prefix: RelativeParamsPrefix,
): void {
  // In ASCII no chunk ends within a character.
  const text = asciiJson(Object.fromEntries(params));
  for (let i = 0; i * CHUNK_LENGTH < text.length; i++) {
    storage.setTrialSystemAttr(trialId, attributeKey(prefix, i), text.slice(i * CHUNK_LENGTH, (i + 1) * CHUNK_LENGTH));
  }
}

/** What `shareRelativeParams`, or an Optuna worker, wrote; empty where nothing was, or where it is not all there yet. */
export function sharedRelativeParams(
  trial: TrialSnapshot,
  prefix: RelativeParamsPrefix,
): Readonly<Record<string, Json>> {
  let text = "";
  for (let i = 0; ; i++) {
    const chunk = trial.systemAttrs[attributeKey(prefix, i)];
    if (typeof chunk !== "string" || chunk === "") break;
    text += chunk;
  }
  if (text === "") return {};
  try {
    const params = JSON.parse(text) as Json;
    return isJsonObject(params) ? params : {};
  } catch {
    return {};
  }
}

/** What another worker shared is a hint: one that does not fit is left out. */
export function internalIfValid(distribution: Distribution, value: Json | undefined): number | undefined {
  if (value === undefined || (typeof value === "object" && value !== null)) return undefined;
  try {
    return toInternal(distribution, value);
  } catch {
    return undefined;
  }
}

function attributeKey(prefix: RelativeParamsPrefix, chunk: number): string {
  return `${prefix}:relative_params:${chunk}`;
}
