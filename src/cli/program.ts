import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { RemoteError } from "../protocol/channel.js";
import { backendNames } from "../engine/training-backend.js";
import { DEFAULT_STORAGE } from "../protocol/trainer.js";
import { ChildExitError, describeEnd } from "../supervisor/child-process.js";
import { RunLostError } from "../supervisor/run-client.js";
import { StudyPausedError } from "../supervisor/study-run.js";
import type { ParamValue } from "../engine/distribution.js";
import { stackFrames } from "../engine/trial/fail-reason.js";
import type { FrozenParam } from "../engine/study/follow-up.js";
import type { Json } from "../engine/trial/trial-snapshot.js";
import {
  ask,
  type AskCommandOptions,
  type CreateOptions,
  createStudy,
  enqueue,
  type EnqueueOptions,
  samplerNames,
  setAttr,
  type SetAttrOptions,
  tell,
  type TellCommandOptions,
} from "./ask-and-tell.js";
import { type BackendsOptions, installBackend, type InstallOptions, listBackends } from "./backends.js";
import { commandName, sameCommand } from "./command-line.js";
import { evaluate, type EvaluateOptions } from "./evaluate.js";
import { exitCodes } from "./exit-codes.js";
import { printPythonHelper, type PythonHelperOptions } from "./python-helper.js";
import { listModels } from "./models.js";
import { retrain, type RetrainOptions } from "./retrain.js";
import { run, type RunOptions } from "./run.js";
import { attach, printRuns, stop } from "./runs.js";
import { migrate, type MigrateCommandOptions } from "./migrate.js";
import { repair, type RepairOptions } from "./repair.js";
import type { CodeOptions } from "./show-code.js";
import {
  deleteStudy,
  type ExportOptions,
  exportTrials,
  type ImportancesOptions,
  listStudies,
  showBest,
  showImportances,
} from "./study-commands.js";
import { isTooManyOpenFiles, TOO_MANY_OPEN_FILES_MESSAGE } from "../open-files.js";
import { VERSION } from "../version.js";
import { print, printError } from "./terminal.js";
import { InterruptedError } from "./training-session.js";

/** What every command has that reads a storage. */
interface ReadingOptions {
  readonly storage: string;
  readonly json: boolean;
}

/** @returns the exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = createProgram((code) => (exitCode = code));
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (error instanceof InterruptedError) return exitCodes.interrupted;
    printError(`${describeError(error)}\n`);
    return exitCodes.failed;
  }
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `Error: ${String(error)}`;
  if (error instanceof ChildExitError) return describeDeath(error);
  if (error instanceof StudyPausedError || error instanceof RunLostError)
    return `Error: ${error.message}\n${howToGoOn()}`;
  if (isTooManyOpenFiles(error)) return `Error: ${TOO_MANY_OPEN_FILES_MESSAGE}`;
  const frames = error instanceof RemoteError && (error.location || error.code === "unknown") ? framesOf(error) : [];
  // An error without a code is a bug: its stack helps.
  const text = "code" in error ? error.message : error.stack;
  return [`Error: ${text}`, ...frames, ...hintsFor(error)].join("\n");
}

/** A process that ended by itself. Its last words were shown as they came. */
function describeDeath({ what, report }: ChildExitError): string {
  return `Error: ${describeEnd(what, report)}\n${howToGoOn()}`;
}

function howToGoOn(): string {
  return `All finished trials are stored. To resume: ${sameCommand()}`;
}

/** What to do about it on the command line. */
function hintsFor(error: Error): string[] {
  if (!("code" in error)) return [];
  if (error.code === "storage-not-found") return ["Go to the study's folder, or name the database with --storage."];
  if (error.code === "several-studies" && error instanceof RemoteError) return ["Name one with --study."];
  if (error.code === "no-model-to-continue")
    return [
      "Pass the model folder that retrain printed: --continue FOLDER. Without --continue, retrain makes a new model.",
    ];
  if (error.code === "model-not-found" && error instanceof RemoteError)
    return [`To list the models: ${commandName()} models. To make one: ${commandName()} retrain FILE`];
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
    .showHelpAfterError("Run with --help for usage.")
    .addHelpText(
      "after",
      "\nExit codes: 0 success, 1 error, 2 invalid usage, 130 stopped (Ctrl-C). Finished trials are always stored.",
    );
  addTrainingCommands(program, exit);
  addModelCommands(program, exit);
  addReadingCommands(program, exit);
  addAskAndTellCommands(program, exit);
  return program;
}

const backendOption = () =>
  new Option("--backend <name>", "training backend; overrides the study's").choices(["auto", ...backendNames]);
const nodeOption = () =>
  new Option("--node <path>", "Node.js that runs the study; default: the one that runs tunelens");
const inspectOption = () => new Option("--inspect [host:port]", "let a debugger attach to the training process");
const jsonOption = () => new Option("--json", "print JSON").default(false, "text");
const storageOption = () => new Option("--storage <url>", "storage of the studies").default(DEFAULT_STORAGE);

function addTrainingCommands(program: Command, exit: (code: number) => void): void {
  program
    .command("run")
    .description("run or resume a study")
    .argument("<file>", "study file")
    .option("--study <name>", "which study, if the file defines several")
    .option("--trials <n>", "total number of finished trials", positiveInteger)
    .option("--timeout <seconds>", "start no trials after this time", positiveNumber)
    .option(
      "--freeze <param[=value]>",
      "run a follow-up study with this parameter (and its branch's kind) frozen, by default at the best trial's value; " +
        "repeatable. It starts with the matching trials; --trials is the number of additional ones",
      frozenParam,
    )
    .option(
      "--learn-from <study>",
      "run a new study that starts with this one's trials, as far as they fit the file's space; repeatable",
      (name: string, before: readonly string[] = []) => [...before, name],
    )
    .option(
      "--as <name>",
      "name of the new study; default: the study's name plus the frozen parameters, or the next such as digits-2",
    )
    .option("--storage <url>", `storage of the study; default: the file's, else ${DEFAULT_STORAGE}`)
    .option("--seed <n>", "seed of a reproducible run", wholeNumber)
    .option("--epochs <n>", "epochs per trial", positiveInteger)
    .option("--parallel <n>", "number of training processes, or auto", parallelism)
    .option("--no-store-code", "don't store the code that the trials run with the study")
    .option("--detach", "let the study run without this terminal")
    .option("--join", "run it although it is running already: both runs share its trials")
    .addOption(backendOption())
    .addOption(nodeOption())
    .addOption(inspectOption())
    .action(async (file: string, options: RunOptions) => exit(await run(file, options)));
  program
    .command("runs")
    .description("list the studies and retrainings that run in this folder, started here or in the editor")
    .addOption(jsonOption())
    .action(async ({ json }: { json: boolean }) => exit(await printRuns(json)));
  program
    .command("attach")
    .description("show a study that runs in this folder; Ctrl-C leaves it running")
    .argument("[study]", "study name; optional if only one runs")
    .action(async (study: string | undefined) => exit(await attach(study)));
  program
    .command("stop")
    .description("stop a study that runs in this folder; finished trials are stored")
    .argument("[study]", "study name; optional if only one runs")
    .action(async (study: string | undefined) => exit(await stop(study)));
  program
    .command("tune-script")
    .description("write a study beside a Python or JavaScript script, from the options that it declares")
    .argument("<file>", "script; it is read, not run")
    .action(async (file: string) => {
      // Its parsers take longer to load than all the rest.
      const { tuneScript } = await import("./tune-script.js");
      exit(tuneScript(file));
    });
  program
    .command("python-helper")
    .description("print the Python module tunelens_trial, for scripts that run without Tunelens too")
    .option("--output <folder>", "write tunelens_trial.py into this folder instead")
    .action(({ output }: PythonHelperOptions) => exit(printPythonHelper(output)));
  program
    .command("backends")
    .description("list the training backends, best first, and how to make unavailable ones work")
    .addOption(jsonOption())
    .addOption(nodeOption())
    .action(async (options: BackendsOptions) => exit(await listBackends(options)));
  program
    .command("install")
    .description("build a training backend against the TensorFlow of a Python, and add it to this folder's packages")
    .addArgument(new Argument("<backend>", "what to install").choices(["tfjs-node"]))
    .option("--gpu", "build @tensorflow/tfjs-node-gpu, for the CUDA of that TensorFlow")
    .option("--python <path>", "a Python that has TensorFlow; default: TUNELENS_PYTHON, that of .venv, or python3")
    .addOption(nodeOption())
    .action(async (_backend: "tfjs-node", options: InstallOptions) => exit(await installBackend(options)));
}

function addModelCommands(program: Command, exit: (code: number) => void): void {
  program
    .command("retrain")
    .description("train the best trial's network again, for longer, and save it")
    .argument("<file>", "study file")
    .option("--study <name>", "which study, if the file defines several")
    .option("--trial <n>", "trial number; default: the best trial", wholeNumber)
    .option("--epochs <n>", "number of epochs", positiveInteger)
    .option("--storage <url>", `storage of the study; default: the file's, else ${DEFAULT_STORAGE}`)
    .option(
      "--output <folder>",
      "folder for the model; default: the next version in .tunelens/models/<study>/trial-<n>",
    )
    .option(
      "--continue [folder]",
      "continue training a saved model (default: the trial's best) for --epochs more epochs",
    )
    .option("--detach", "let the retraining run without this terminal")
    .addOption(backendOption())
    .addOption(nodeOption())
    .addOption(inspectOption())
    .action(async (file: string, options: RetrainOptions) => exit(await retrain(file, options)));
  program
    .command("evaluate")
    .description("evaluate a saved model on its study's validation data")
    .argument("<file>", "study file")
    .option(
      "--model <folder>",
      "folder of a model, or of a trial's or a study's models; default: the study's best model",
    )
    .option("--study <name>", "which study, if the file defines several")
    .option("--trial <n>", "trial number: the trial's best model", wholeNumber)
    .option("--storage <url>", `storage of the study; default: the file's, else ${DEFAULT_STORAGE}`)
    .addOption(jsonOption())
    .addOption(backendOption())
    .addOption(nodeOption())
    .addOption(inspectOption())
    .action(async (file: string, options: EvaluateOptions) => exit(await evaluate(file, options)));
  program
    .command("models")
    .description("list the saved models of the studies in this folder")
    .argument("[study]", "study name; default: all")
    .addOption(jsonOption())
    .action(async (study: string | undefined, options: { json: boolean }) => exit(await listModels(study, options)));
}

function addReadingCommands(program: Command, exit: (code: number) => void): void {
  program
    .command("studies")
    .description("list the studies in a database")
    .addOption(storageOption())
    .addOption(jsonOption())
    .action(({ storage, json }: ReadingOptions) => exit(listStudies(storage, json)));
  program
    .command("best")
    .description("print the best trial of a study, or its Pareto front for several objectives")
    .argument("[study]", "study name; optional if there is only one")
    .addOption(storageOption())
    .addOption(jsonOption())
    .action((study: string | undefined, { storage, json }: ReadingOptions) => exit(showBest(study, storage, json)));
  program
    .command("code")
    .description("print the study file with the best trial's parameters as constants")
    .argument("[study]", "study name; optional if there is only one")
    .option("--trial <n>", "trial number; default: the best trial", wholeNumber)
    .option("--file <path>", "study file; default: the one that the study was started from")
    .addOption(storageOption())
    .action(async (study: string | undefined, options: CodeOptions) => {
      // Its parser takes longer to load than all the rest.
      const { showCode } = await import("./show-code.js");
      exit(showCode(study, options));
    });
  program
    .command("importances")
    .description("print the importance of each parameter")
    .argument("[study]", "study name; optional if there is only one")
    .addOption(storageOption())
    .addOption(new Option("--evaluator <name>").choices(["ped-anova", "fanova", "mdi"]).default("ped-anova"))
    .addOption(jsonOption())
    .action((study: string | undefined, options: ImportancesOptions) => exit(showImportances(study, options)));
  program
    .command("export")
    .description("export all trials of a study")
    .argument("[study]", "study name; optional if there is only one")
    .addOption(storageOption())
    .addOption(new Option("--csv", "one row per trial (default)").conflicts("json"))
    .addOption(new Option("--json", "JSON with intermediate values"))
    .option("--output <file>", "output file; default: standard output")
    .option("--raw", "don't put ' before cells that a spreadsheet would run as formulas", false)
    .action((study: string | undefined, { json, ...options }: ReadingOptions & Omit<ExportOptions, "format">) =>
      exit(exportTrials(study, { ...options, format: json ? "json" : "csv" })),
    );
  program
    .command("migrate")
    .description("copy a database written by an older Optuna to the schema of Optuna 5")
    .argument("<file>", "database; it is not changed")
    .option("--output <copy>", "path of the copy; default: next to the file, for example studies.optuna5.db")
    .option("--keep-times", "read its times as UTC instead of this machine's local time", false)
    .action((file: string, options: MigrateCommandOptions) => exit(migrate(file, options)));
  program
    .command("repair")
    .description("copy what is readable in a damaged database")
    .argument("<file>", "database; it is not changed")
    .option("--output <copy>", "path of the copy; default: next to the file, for example studies.repaired.db")
    .action((file: string, options: RepairOptions) => exit(repair(file, options)));
  program
    .command("delete")
    .description("delete a study and its trials")
    .argument("<study>")
    .addOption(storageOption())
    .option("--yes", "don't ask for confirmation", false)
    .action(async (study: string, { storage, yes }: { storage: string; yes: boolean }) =>
      exit(await deleteStudy(study, storage, yes)),
    );
}

function addAskAndTellCommands(program: Command, exit: (code: number) => void): void {
  program
    .command("create")
    .description("create an empty study for ask and tell")
    .argument("<study>")
    .addOption(storageOption())
    .addOption(
      new Option("--directions <direction...>", "one per objective")
        .choices(["minimize", "maximize"])
        .default(["minimize"], "minimize"),
    )
    .option("--skip-if-exists", "don't fail if the study exists", false)
    .action((study: string, options: CreateOptions) => exit(createStudy(study, options)));
  program
    .command("ask")
    .description("start a trial, and print its number and parameters as JSON")
    .argument("[study]", "study name; optional if there is only one")
    .addOption(storageOption())
    .option("--search-space <json>", 'e.g. {"x": {"name": "FloatDistribution", "attributes": {"low": 0, "high": 1}}}')
    .addOption(new Option("--sampler <name>").choices(samplerNames).default("auto"))
    .option("--seed <n>", "seed of reproducible proposals", wholeNumber)
    .action((study: string | undefined, options: AskCommandOptions) => exit(ask(study, options)));
  program
    .command("enqueue")
    .description("queue a trial with given parameters, for the next run or one that is running")
    .argument("[study]", "study name; optional if there is only one")
    .addOption(storageOption())
    .requiredOption("--params <json>", 'e.g. {"learningRate": 0.01, "optimizer": "adam"}; the others are sampled')
    .action((study: string | undefined, options: EnqueueOptions) => exit(enqueue(study, options)));
  program
    .command("tell")
    .description("store the result of a trial that Tunelens or Optuna asked for")
    .argument("[study]", "study name; optional if there is only one")
    .addOption(storageOption())
    .requiredOption("--trial <n>", "trial number", wholeNumber)
    .option("--values <value...>", "one per objective", anyNumber)
    .addOption(
      new Option("--state <state>", "default: complete if the values are valid, else fail").choices([
        ...["complete", "pruned", "fail"],
      ]),
    )
    .option("--skip-if-finished", "don't fail if the trial has finished", false)
    .action((study: string | undefined, options: TellCommandOptions) => exit(tell(study, options)));
  program
    .command("set-attr")
    .description("set a user attribute of a study or of an unfinished trial")
    .argument("[study]", "study name; optional if there is only one")
    .addOption(storageOption())
    .option("--trial <n>", "trial number; default: the study itself", wholeNumber)
    .requiredOption("--key <key>")
    .requiredOption("--value <value>", "JSON; anything else is a string", jsonOrText)
    .action((study: string | undefined, options: SetAttrOptions) => exit(setAttr(study, options)));
}

function jsonOrText(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** Also reads Python's spellings of infinity and NaN. */
function anyNumber(text: string, before: readonly number[] = []): readonly number[] {
  const [, sign, word] = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(text) ?? [];
  const number = sign === undefined ? Number(text.trim() || "x") : word ? Number(`${sign}Infinity`) : NaN;
  if (sign === undefined && Number.isNaN(number)) throw new InvalidArgumentError("It must be a number, inf, or nan.");
  return [...before, number];
}

/** `filters=32`, `optimizer="adam"`, or the name alone. A value is JSON, or else a text. */
function frozenParam(text: string, before: readonly FrozenParam[] = []): readonly FrozenParam[] {
  const [, name = "", value] = /^([^=]+)(?:=(.*))?$/s.exec(text) ?? [];
  if (name === "") throw new InvalidArgumentError("Give a parameter name, or name=value.");
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
    throw new InvalidArgumentError("It must be an integer of at least 1, or auto.");
  return Number(text);
}

function positiveInteger(text: string): number {
  if (!isWholeNumber(text) || Number(text) < 1) throw new InvalidArgumentError("It must be an integer of at least 1.");
  return Number(text);
}

function wholeNumber(text: string): number {
  if (!isWholeNumber(text)) throw new InvalidArgumentError("It must be an integer of at least 0.");
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
