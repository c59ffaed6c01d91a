import { InvalidArgumentError } from "../engine/errors.js";
import { type ObjectiveProgram, program } from "../engine/objective.js";
import { checkOptions } from "../engine/option-names.js";
import type { Trial } from "../engine/trial/trial.js";
import { callerOf } from "./call-place.js";
import { parseCommand, placeholderNames } from "./command-line.js";
import { type CommandOptions, optionNames } from "./command-options.js";
import { type CommandSetup, CommandTrial, folderOf } from "./command-trial.js";
import { programFiles } from "./program-files.js";
import { ownPlaceholders } from "./trial-values.js";

/** The names in a command's placeholders that are parameters of the space, as far as its type tells. */
type ParamsOf<Command> = Command extends readonly string[] ? ParamsIn<Command[number]> : ParamsIn<Command>;
type ParamsIn<Text> = string extends Text
  ? unknown
  : { readonly [Name in Exclude<NameOf<PlaceholderIn<Text>>, OwnPlaceholder>]: unknown };
type PlaceholderIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | PlaceholderIn<Rest> : never;
type NameOf<Placeholder> = Placeholder extends `${"{" | '"' | "'" | " "}${string}`
  ? never
  : Placeholder extends `${infer Name}?${string}`
    ? NameOf<Name>
    : Placeholder extends `${infer Name}.${string}`
      ? Name
      : Placeholder;
type OwnPlaceholder = (typeof ownPlaceholders)[number];

/** What a command's objective returns: `model` is the folder with what the program wrote, when it is retrained. */
export type CommandResult<Results> = Results extends readonly string[]
  ? { readonly values: { readonly [Index in keyof Results]: number }; readonly model?: string }
  : { readonly value: number; readonly model?: string };

/** An objective that runs a program. */
export type CommandObjective<Command, Results> = (trial: Trial<ParamsOf<Command>>) => Promise<CommandResult<Results>>;

/**
 * An objective that runs a program for each trial, such as a Python script: `command("python train.py --lr {learningRate}", { report: "val_loss" })`.
 * The program gets the parameters by placeholders (`{learningRate}`, `{optimizer.adam.beta1}`; `{augment?--augment}` stands for a flag if a
 * boolean is true), by `flags`, or by environment variables (`TUNELENS_PARAMS` as JSON, `TUNELENS_PARAM_learningRate`). `{epochs}`, `{seed}`,
 * `{trial}`, `{dir}` (the trial's folder), and `{params}` (a JSON file) are given too. What has no value, such as a parameter of a kind that
 * was not chosen, is left out with the flag before it.
 *
 * The program's output is the trial's. Pruning and stopping end it with everything that it started.
 * @param command is split at its spaces, and no shell reads it; or a list of arguments.
 * @throws InvalidArgumentError for an unknown option, or a command that cannot be read.
 */
export function command<
  const Command extends string | readonly string[],
  const Results extends string | readonly string[] = string,
>(line: Command, options: CommandOptions<Results> = {}): CommandObjective<Command, Results> {
  checkOptions<CommandOptions<Results>>("command", options, optionNames);
  checkMetricOptions(options);
  const parsed = parseCommand(line, options.shell ?? false);
  const setup: CommandSetup = {
    line: parsed,
    options,
    place: callerOf(command),
  };
  const peaks = new WeakMap<Trial, number>();
  const said: ObjectiveProgram = {
    params: placeholderNames(parsed).filter((name) => !(ownPlaceholders as readonly string[]).includes(name)),
    files: () => programFiles(parsed, folderOf(setup)),
    peakMemory: (trial) => peaks.get(trial),
  };
  return Object.assign(objectiveOf<Command, Results>(setup, peaks), { [program]: said });
}

function objectiveOf<Command, Results>(
  setup: CommandSetup,
  peaks: WeakMap<Trial, number>,
): CommandObjective<Command, Results> {
  const objective = async (trial: Trial) => {
    const run = new CommandTrial(setup, trial);
    try {
      return await run.run();
    } finally {
      if (run.peakMemory !== undefined) peaks.set(trial, run.peakMemory);
    }
  };
  return objective as CommandObjective<Command, Results>;
}

function checkMetricOptions({ value, pattern, result }: CommandOptions<string | readonly string[]>): void {
  if (value !== undefined && value !== "last" && value !== "best")
    throw new InvalidArgumentError(`command, value: use "last" or "best", not ${JSON.stringify(value)}.`);
  if (value === "best" && result !== undefined)
    throw new InvalidArgumentError('command: value: "best" is about report. Leave out result, or value.');
  if (pattern !== undefined && !(pattern instanceof RegExp))
    throw new InvalidArgumentError("command, pattern: use a regular expression, such as /loss (?<val_loss>[\\d.]+)/.");
}
