import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { RemoteError } from "../protocol/channel.js";
import { backendNames } from "../engine/training-backend.js";
import { DEFAULT_STORAGE } from "../protocol/trainer.js";
import { ChildExitError, describeEnd } from "../supervisor/child-process.js";
import { StudyPausedError } from "../supervisor/study-run.js";
import type { ParamValue } from "../engine/distribution.js";
import { stackFrames } from "../engine/trial/fail-reason.js";
import type { FrozenParam } from "../engine/study/follow-up.js";
import type { Json } from "../engine/trial/trial-snapshot.js";
import { ask, createStudy, samplerNames, setAttr, tell } from "./ask-and-tell.js";
import { listBackends } from "./backends.js";
import { sameCommand } from "./command-line.js";
import { exitCodes } from "./exit-codes.js";
import { retrain } from "./retrain.js";
import { run } from "./run.js";
import { migrate } from "./migrate.js";
import { repair } from "./repair.js";
import { deleteStudy, exportTrials, listStudies, showBest, showImportances } from "./study-commands.js";
import { isTooManyOpenFiles, TOO_MANY_OPEN_FILES_MESSAGE } from "../open-files.js";
import { VERSION } from "../version.js";
import { print, printError } from "./terminal.js";

/** @returns the exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = createProgram((code) => (exitCode = code));
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    printError(`${describeError(error)}\n`);
    return exitCodes.failed;
  }
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `Error: ${String(error)}`;
  if (error instanceof ChildExitError) return describeDeath(error);
  if (error instanceof StudyPausedError) return `Error: ${error.message}\n${howToGoOn()}`;
  if (isTooManyOpenFiles(error)) return `Error: ${TOO_MANY_OPEN_FILES_MESSAGE}`;
  const frames = error instanceof RemoteError && (error.location || error.code === "unknown") ? framesOf(error) : [];
  // Errors without a code are not meant for people: all that is known of them helps.
  const text = "code" in error ? error.message : error.stack;
  return [`Error: ${text}`, ...frames, ...hintsFor(error)].join("\n");
}

/** A process that ended by itself. Its last words were shown as they came. */
function describeDeath({ what, report }: ChildExitError): string {
  return `Error: ${describeEnd(what, report)}\n${howToGoOn()}`;
}

function howToGoOn(): string {
  return `All trials that were finished are stored. To go on: ${sameCommand()}`;
}

/** What to do about it on a command line. */
function hintsFor(error: Error): string[] {
  if (!("code" in error)) return [];
  if (error.code === "storage-not-found") return ["Go to the folder of the study, or name the database: --storage"];
  if (error.code === "several-studies" && error instanceof RemoteError) return ["Add --study and its name."];
  if (error.code === "no-model-to-continue")
    return [
      "Name the folder that a retraining said its model is in: --continue FOLDER. Without --continue, one is made.",
    ];
  return [];
}

function framesOf({ remoteStack = "" }: RemoteError): string[] {
  return stackFrames(remoteStack).slice(0, 5);
}

function createProgram(exit: (code: number) => void): Command {
  const program = new Command("tunelens")
    .description("Tune neural networks in TypeScript.")
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: printError })
    .showHelpAfterError("Add --help to see what there is.")
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 error, 2 usage, 130 stopped (Ctrl-C); what was finished is always stored.",
    );
  addTrainingCommands(program, exit);
  addReadingCommands(program, exit);
  addAskAndTellCommands(program, exit);
  return program;
}

const backendOption = () =>
  new Option("--backend <name>", "what trains, instead of what the study says").choices(["auto", ...backendNames]);
const nodeOption = () =>
  new Option("--node <path>", "the Node.js that runs the study; default: the one that runs tunelens");
const inspectOption = () => new Option("--inspect [host:port]", "let a debugger attach to the training process");
const jsonOption = () => new Option("--json", "for programs").default(false, "for people");
const storageOption = () => new Option("--storage <url>", "where the studies are").default(DEFAULT_STORAGE);

function addTrainingCommands(program: Command, exit: (code: number) => void): void {
  program
    .command("run")
    .description("run a study, or resume it where it stopped")
    .argument("<file>", "the study file")
    .option("--study <name>", "which study, where the file defines several")
    .option("--trials <n>", "how many finished trials the study shall have", positiveInteger)
    .option("--timeout <seconds>", "start no trial after this time", positiveNumber)
    .option(
      "--freeze <param[=value]>",
      "run a follow-up study that holds this parameter, at the best trial's value where none is given, and the kind of a " +
        "branch that it lies in; may be repeated. Trials that match are taken along, and --trials says how many more to run",
      frozenParam,
    )
    .option("--as <name>", "the follow-up study's name; default: the study's with what is frozen")
    .option("--storage <url>", `where to keep it; default: what the file says, else ${DEFAULT_STORAGE}`)
    .option("--seed <n>", "makes the run repeatable", wholeNumber)
    .option("--epochs <n>", "epochs of each trial", positiveInteger)
    .option("--parallel <n>", "how many training processes work at once, or auto", parallelism)
    .addOption(backendOption())
    .addOption(nodeOption())
    .addOption(inspectOption())
    .action(async (file: string, options) => exit(await run(file, options)));
  program
    .command("retrain")
    .description("train the best trial's network again, for longer, and save it")
    .argument("<file>", "the study file")
    .option("--study <name>", "which study, where the file defines several")
    .option("--trial <n>", "this trial instead of the best", wholeNumber)
    .option("--epochs <n>", "how long to train", positiveInteger)
    .option("--storage <url>", `where the study is; default: what the file says, else ${DEFAULT_STORAGE}`)
    .option(
      "--output <folder>",
      "where the model goes; default: the next version in .tunelens/models/<study>/trial-<n>",
    )
    .option("--continue [folder]", "train the saved model further (default: the trial's best), for --epochs more")
    .addOption(backendOption())
    .addOption(nodeOption())
    .addOption(inspectOption())
    .action(async (file: string, options) => exit(await retrain(file, options)));
  program
    .command("backends")
    .description("what can train here, best first; where one cannot, why and what to do about it")
    .addOption(jsonOption())
    .addOption(nodeOption())
    .action(async (options) => exit(await listBackends(options)));
}

function addReadingCommands(program: Command, exit: (code: number) => void): void {
  program
    .command("studies")
    .description("list the studies of a database")
    .addOption(storageOption())
    .addOption(jsonOption())
    .action(({ storage, json }: { storage: string; json: boolean }) => exit(listStudies(storage, json)));
  program
    .command("best")
    .description("the best trial of a study and its parameters; of several objectives the Pareto front")
    .argument("[study]", "may be left out where there is one")
    .addOption(storageOption())
    .addOption(jsonOption())
    .action((study: string | undefined, { storage, json }) => exit(showBest(study, storage, json)));
  program
    .command("code")
    .description("the study file with the best trial's parameters as constants")
    .argument("[study]", "may be left out where there is one")
    .option("--trial <n>", "this trial instead of the best", wholeNumber)
    .option("--file <path>", "the study file; default: the one the study was started from")
    .addOption(storageOption())
    .action(async (study: string | undefined, options) => {
      // Its parser takes longer to load than all the rest.
      const { showCode } = await import("./show-code.js");
      exit(showCode(study, options));
    });
  program
    .command("importances")
    .description("which parameters matter")
    .argument("[study]", "may be left out where there is one")
    .addOption(storageOption())
    .addOption(new Option("--evaluator <name>").choices(["ped-anova", "fanova", "mdi"]).default("ped-anova"))
    .addOption(jsonOption())
    .action((study: string | undefined, options) => exit(showImportances(study, options)));
  program
    .command("export")
    .description("all trials of a study")
    .argument("[study]", "may be left out where there is one")
    .addOption(storageOption())
    .addOption(new Option("--csv", "one row per trial (default)").conflicts("json"))
    .addOption(new Option("--json", "with intermediate values"))
    .option("--output <file>", "instead of standard output")
    .option("--raw", "with cells that a spreadsheet would run as they are; default: ' stands before them", false)
    .action((study: string | undefined, { storage, json, raw, output }) =>
      exit(exportTrials(study, { storage, format: json ? "json" : "csv", raw, output })),
    );
  program
    .command("migrate")
    .description("a copy, which Optuna 5 and Tunelens go on with, of a database that an older Optuna wrote")
    .argument("<file>", "the database; it stays as it is")
    .option("--output <copy>", "where the copy goes; default: beside the file, studies.db as studies.optuna5.db")
    .option("--keep-times", "take its times for UTC instead of this machine's local time", false)
    .action((file: string, options) => exit(migrate(file, options)));
  program
    .command("repair")
    .description("a copy of what can be read of a damaged database")
    .argument("<file>", "the database; it stays as it is")
    .option("--output <copy>", "where the copy goes; default: beside the file, studies.db as studies.repaired.db")
    .action((file: string, options) => exit(repair(file, options)));
  program
    .command("delete")
    .description("delete a study with its trials")
    .argument("<study>")
    .addOption(storageOption())
    .option("--yes", "do not ask", false)
    .action(async (study: string, { storage, yes }) => exit(await deleteStudy(study, storage, yes)));
}

function addAskAndTellCommands(program: Command, exit: (code: number) => void): void {
  program
    .command("create")
    .description("an empty study, to ask and tell")
    .argument("<study>")
    .addOption(storageOption())
    .addOption(
      new Option("--directions <direction...>", "one per objective")
        .choices(["minimize", "maximize"])
        .default(["minimize"], "minimize"),
    )
    .option("--skip-if-exists", "no error where the study is there", false)
    .action((study: string, options) => exit(createStudy(study, options)));
  program
    .command("ask")
    .description("a trial to be evaluated by whatever is told about it: its number and parameters, as JSON")
    .argument("[study]", "may be left out where there is one")
    .addOption(storageOption())
    .option("--search-space <json>", 'e.g. {"x": {"name": "FloatDistribution", "attributes": {"low": 0, "high": 1}}}')
    .addOption(new Option("--sampler <name>").choices(samplerNames).default("auto"))
    .option("--seed <n>", "makes the proposals repeatable", wholeNumber)
    .action((study: string | undefined, options) => exit(ask(study, options)));
  program
    .command("tell")
    .description("the result of a trial that was asked for, by Tunelens or by Optuna")
    .argument("[study]", "may be left out where there is one")
    .addOption(storageOption())
    .requiredOption("--trial <n>", "its number", wholeNumber)
    .option("--values <value...>", "one per objective", anyNumber)
    .addOption(
      new Option("--state <state>", "default: complete where the values are good, else fail").choices([
        ...["complete", "pruned", "fail"],
      ]),
    )
    .option("--skip-if-finished", "no error where the trial is finished", false)
    .action((study: string | undefined, options) => exit(tell(study, options)));
  program
    .command("set-attr")
    .description("set a user attribute of a study, or of a trial that is not finished")
    .argument("[study]", "may be left out where there is one")
    .addOption(storageOption())
    .option("--trial <n>", "of this trial", wholeNumber)
    .requiredOption("--key <key>")
    .requiredOption("--value <value>", "JSON, or else a text", jsonOrText)
    .action((study: string | undefined, options) => exit(setAttr(study, options)));
}

function jsonOrText(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** Python's words for what is no number of JSON are understood too. */
function anyNumber(text: string, before: readonly number[] = []): readonly number[] {
  const [, sign, word] = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(text) ?? [];
  const number = sign === undefined ? Number(text.trim() || "x") : word ? Number(`${sign}Infinity`) : NaN;
  if (sign === undefined && Number.isNaN(number)) throw new InvalidArgumentError("It must be a number, inf or nan.");
  return [...before, number];
}

/** `filters=32`, `optimizer="adam"`, or the name alone. A value is JSON, or else a text. */
function frozenParam(text: string, before: readonly FrozenParam[] = []): readonly FrozenParam[] {
  const [, name = "", value] = /^([^=]+)(?:=(.*))?$/s.exec(text) ?? [];
  if (name === "") throw new InvalidArgumentError("Give a parameter's name, or name=value.");
  return [...before, value === undefined ? { name } : { name, value: choiceOf(value) }];
}

function choiceOf(text: string): ParamValue {
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || ["boolean", "number", "string"].includes(typeof value)) return value as ParamValue;
  } catch {
    // A text without its quotes.
  }
  return text;
}

function parallelism(text: string): number | "auto" {
  if (text === "auto") return text;
  if (!isWholeNumber(text) || Number(text) < 1)
    throw new InvalidArgumentError("It must be a whole number of at least 1, or auto.");
  return Number(text);
}

function positiveInteger(text: string): number {
  if (!isWholeNumber(text) || Number(text) < 1)
    throw new InvalidArgumentError("It must be a whole number of at least 1.");
  return Number(text);
}

function wholeNumber(text: string): number {
  if (!isWholeNumber(text)) throw new InvalidArgumentError("It must be a whole number of at least 0.");
  return Number(text);
}

function isWholeNumber(text: string): boolean {
  return /^\d+$/.test(text) && Number.isSafeInteger(Number(text));
}

function positiveNumber(text: string): number {
  const number = Number(text);
  if (!(number > 0 && Number.isFinite(number))) throw new InvalidArgumentError("It must be a number above 0.");
  return number;
}
