import type { NamesOf } from "../engine/option-names.js";

/** How a command gets its parameters, and how its output is read. */
export interface CommandOptions<Results extends string | readonly string[] = string> {
  /**
   * The metric that the program prints after each epoch or step, in lines such as `val_loss=0.4`, `val_loss: 0.4`, or
   * `{"epoch": 3, "val_loss": 0.4}`. Each value is reported to the pruner, which ends the program if the trial is poor; the last one is the
   * trial's value. Default: what the program reports through the Python module `tunelens_trial`.
   */
  readonly report?: string;
  /** The metric whose last value is the trial's value, or one for each direction. Default: `report`. */
  readonly result?: Results;
  /** Which reported value is the trial's. Default: `last`. */
  readonly value?: "last" | "best";
  /** How a line is read instead: each named group is a metric or the `step`; without names, the first group is `report`. */
  readonly pattern?: RegExp;
  /**
   * Appends every parameter as a flag: `true` as it is named (`--learningRate 0.1`), or in another case. Of a boolean, the flag alone if it is
   * true. Default: only placeholders.
   */
  readonly flags?: boolean | "kebab-case" | "snake_case";
  /** More environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder that the program runs in, relative to the study file's. Default: the study file's. */
  readonly cwd?: string;
  /** Whether a shell runs the command, for pipes and `&&`. Values are quoted for it. Default: false. */
  readonly shell?: boolean;
  /** Which files in the trial's folder are stored with the trial: names, in which `*` stands for anything. Default: images. */
  readonly artifacts?: readonly string[];
}

export const optionNames: NamesOf<CommandOptions> = {
  report: true,
  result: true,
  value: true,
  pattern: true,
  flags: true,
  env: true,
  cwd: true,
  shell: true,
  artifacts: true,
};
