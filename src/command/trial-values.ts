import type { ParamValue } from "../engine/distribution.js";
import type { NestedParams } from "../engine/space.js";
import type { Trial } from "../engine/trial/trial.js";

/** Placeholders that are no parameters, unless the space has parameters of these names. */
export const ownPlaceholders = ["epochs", "seed", "trial", "dir", "params"] as const;

/** What a command's placeholders stand for in a trial. */
export class TrialValues {
  /** By flat name: `optimizer`, `optimizer.adam.beta1`. */
  readonly params: ReadonlyMap<string, ParamValue>;

  /** @param paramsFile where the parameters are in JSON. */
  constructor(
    private readonly trial: Trial,
    readonly paramsFile: string,
  ) {
    this.params = new Map(flatten(trial.params as NestedParams));
  }

  /** undefined: it has no value in this trial. */
  valueOf(name: string): ParamValue | undefined {
    const { trial, params, paramsFile } = this;
    if (params.has(name)) return params.get(name);
    const own = { epochs: trial.epochs, seed: trial.seed, trial: trial.number, dir: trial.folder, params: paramsFile };
    return Object.hasOwn(own, name) ? own[name as (typeof ownPlaceholders)[number]] : undefined;
  }

  /** As the objective in TypeScript sees them. */
  get json(): string {
    return JSON.stringify(this.trial.params);
  }

  /** `--learning-rate 0.1 --augment` */
  flags(style: boolean | "kebab-case" | "snake_case"): string[] {
    if (style === false) return [];
    return [...this.params].flatMap(([name, value]) => {
      const flag = `--${style === true ? name : inCase(name, style === "kebab-case" ? "-" : "_")}`;
      if (typeof value === "boolean") return value ? [flag] : [];
      return [flag, String(value)];
    });
  }

  /** The environment variables that tell a program of its trial; undefined: not set. */
  get environment(): Record<string, string | undefined> {
    const { trial } = this;
    const params = [...this.params].map(([name, value]) => [
      `TUNELENS_PARAM_${name.replaceAll(/\W/g, "_")}`,
      String(value),
    ]);
    return {
      TUNELENS_TRIAL: String(trial.number),
      TUNELENS_TRIAL_DIR: trial.folder,
      TUNELENS_PURPOSE: trial.purpose,
      TUNELENS_EPOCHS: trial.epochs?.toString(),
      TUNELENS_SEED: trial.seed?.toString(),
      TUNELENS_PARAMS: this.json,
      ...(Object.fromEntries(params) as Record<string, string>),
    };
  }
}

function flatten(params: NestedParams, prefix = ""): [string, ParamValue][] {
  return Object.entries(params).flatMap(([name, value]): [string, ParamValue][] => {
    const path = prefix + name;
    if (value === undefined) return [];
    if (value === null || typeof value !== "object") return [[path, value]];
    const { kind, ...inner } = value as NestedParams & { readonly kind: string };
    return [[path, kind], ...flatten(inner, `${path}.${kind}.`)];
  });
}

function inCase(name: string, joint: string): string {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, `$1${joint}$2`)
    .replaceAll(/[\s_-]+/g, joint)
    .toLowerCase();
}
