import { readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { InvalidArgumentError, StorageFailure, TrialPruned } from "../engine/errors.js";
import { directionByName } from "../engine/metric-direction.js";
import { type ObjectiveOutput, PROGRAM_KILLED } from "../engine/objective.js";
import type { Trial } from "../engine/trial/trial.js";
import type { Json } from "../engine/trial/trial-snapshot.js";
import type { CallPlace } from "./call-place.js";
import { CommandError } from "./command-error.js";
import { type CommandLine, displayCommand, fillCommand, quoteForShell } from "./command-line.js";
import type { CommandOptions } from "./command-options.js";
import { matchMetrics, type Metrics, parseNumber, readMetrics, withoutStep } from "./printed-metrics.js";
import { type Program, type ProgramEnd, startProgram } from "./program.js";
import { providePythonHelper } from "./python-helper.js";
import { findProgram } from "./python-interpreter.js";
import { openChannel } from "./trial-channel.js";
import { TrialCheckpoints } from "./trial-checkpoints.js";
import { TrialMetrics } from "./trial-metrics.js";
import { TrialValues } from "./trial-values.js";

/** A command with its options, and where the study file has it. */
export interface CommandSetup {
  readonly line: CommandLine;
  readonly options: CommandOptions<string | readonly string[]>;
  readonly place: CallPlace;
}

/** The folder that the program runs in. */
export function folderOf({ place, options }: CommandSetup): string {
  return resolve(dirname(place.file ?? "."), options.cwd ?? ".");
}

/** The metric's name if the program reports through the Python module only. */
const UNNAMED = "value";
const images = ["*.png", "*.svg", "*.jpg", "*.jpeg", "*.gif", "*.webp"];

/** One run of a program for a trial. It uses of the trial what every objective has. */
export class CommandTrial {
  private readonly metric: string;
  private readonly metrics: TrialMetrics;
  private readonly values: TrialValues;
  private readonly checkpoints: TrialCheckpoints;
  private program: Program | undefined;
  private shown = "";
  /** The pruner's decision. */
  private isPruned = false;
  private failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly setup: CommandSetup,
    private readonly trial: Trial,
  ) {
    this.metric = setup.options.report ?? UNNAMED;
    this.metrics = new TrialMetrics(trial, this.metric);
    this.values = new TrialValues(trial, `${trial.folder}.params.json`);
    this.checkpoints = new TrialCheckpoints(trial, () => this.metrics.state);
    const before = this.checkpoints.metricsBefore;
    if (before) this.metrics.continueFrom(before);
  }

  /** The peak of the memory that the program held, in bytes; undefined where nobody knows. */
  get peakMemory(): number | undefined {
    return this.program?.peakMemory;
  }

  async run(): Promise<ObjectiveOutput> {
    const { trial } = this;
    trial.signal.throwIfAborted();
    this.checkDirection();
    const channel = await openChannel((message) => this.answer(message));
    const end = () => this.program?.end();
    trial.signal.addEventListener("abort", end);
    try {
      this.program = this.start(channel.address);
      const ended = await this.program.ended;
      if (this.failure) throw this.failure.error;
      trial.signal.throwIfAborted();
      if (trial.purpose === "study") await this.storeArtifacts();
      if (this.isPruned)
        throw new TrialPruned(
          `Trial ${trial.number} was pruned at ${this.metric} ${this.metrics.lastOf(this.metric)}.`,
        );
      this.checkEnd(ended);
      return this.output();
    } finally {
      trial.signal.removeEventListener("abort", end);
      channel.close();
      await this.checkpoints.end(new Error("the program ended"));
      rmSync(this.values.paramsFile, { force: true });
      removeIfEmpty(trial.folder);
    }
  }

  /** The names of metrics say in which direction they are better. */
  private checkDirection(): void {
    const { trial } = this;
    const { report, result = report } = this.setup.options;
    const better = typeof result === "string" ? directionNamedBy(result) : undefined;
    if (better) trial.monitors(String(result), better, "return");
    const [direction, ...others] = trial.directions;
    const reported = report === undefined ? undefined : directionNamedBy(report);
    if (!reported || report === result || reported === direction || others.length > 0) return;
    const when = reported === "maximize" ? "higher" : "lower";
    trial.warnOnce(
      "direction",
      `the study sets direction: "${direction}", but its trials report ${report}, which is better when ${when}: the pruner ends the ` +
        `better ones. Report a metric of the direction of ${String(result)}.`,
      "definition",
    );
  }

  private start(channel: string): Program {
    const { line, options } = this.setup;
    const { values } = this;
    const cwd = folderOf(this.setup);
    const quote = line.shell ? quoteForShell : undefined;
    const filled = fillCommand(line, (name) => values.valueOf(name), quote);
    const flags = values.flags(options.flags ?? false);
    const args = line.shell ? [[...filled, ...flags.map(quoteForShell)].join(" ")] : [...filled, ...flags];
    this.shown = line.shell ? args[0]! : displayCommand(args);
    if (!line.shell) args[0] = findProgram(args[0]!, cwd);
    if (line.args.flat().some((part) => typeof part !== "string" && part.name === "params"))
      writeFileSync(values.paramsFile, values.json);
    return startProgram({
      args,
      shell: line.shell,
      cwd,
      env: this.environment(channel),
      onLine: (text) => this.read(text),
    });
  }

  private environment(channel: string): NodeJS.ProcessEnv {
    const { env } = process;
    const helper = providePythonHelper(resolve(".tunelens", "python"));
    return {
      // Without these, what Python prints arrives late, and on Windows not in UTF-8.
      PYTHONUNBUFFERED: "1",
      PYTHONIOENCODING: "utf-8",
      ...env,
      PYTHONPATH: [helper, env["PYTHONPATH"]].filter(Boolean).join(delimiter),
      TUNELENS_CHANNEL: channel,
      ...this.values.environment,
      ...this.checkpoints.environment,
      ...this.setup.options.env,
    };
  }

  /** Reads a line of the program's output. */
  private read(line: string): void {
    const { report, pattern } = this.setup.options;
    if (this.failure || this.isPruned || this.trial.signal.aborted) return;
    const metrics = pattern ? matchMetrics(line, pattern, this.metric) : readMetrics(line);
    if (metrics.size === 0) return;
    if (report === undefined && !pattern) {
      this.metrics.tell(withoutStep(metrics));
      return;
    }
    try {
      if (!this.metrics.print(metrics) || !this.askPruner()) return;
      this.program!.end();
    } catch (error) {
      this.fail(error);
    }
  }

  /** A script asks it in any study; of one with several objectives, nothing is pruned. */
  private askPruner(): boolean {
    const { purpose, directions } = this.trial;
    if (purpose === "study" && directions.length === 1 && this.trial.shouldPrune()) this.isPruned = true;
    return this.isPruned;
  }

  private fail(error: unknown): void {
    this.failure ??= { error };
    this.program!.end();
  }

  /** Answers the program's own messages. Its mistakes are told to it, so that its stack shows where. */
  private async answer(message: Readonly<Record<string, unknown>>): Promise<unknown> {
    try {
      return await this.respond(message);
    } catch (error) {
      if (error instanceof StorageFailure) this.fail(error);
      throw error;
    }
  }

  private async respond(message: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { trial, metrics } = this;
    const { op, value, step, key, path, name } = message;
    switch (op) {
      case "report": {
        const reported = new Map([[this.metric, numberOf(this.metric, value)], ...metricsIn(message)]);
        return void metrics.take(reported, typeof step === "number" ? step : undefined);
      }
      case "should_prune":
        return this.askPruner();
      case "result":
        return metrics.tell(metricsIn(message));
      case "set_attr":
        return trial.setUserAttr(String(key), value as Json);
      case "artifact":
        return trial.artifact(String(name), String(path));
      case "checkpoint":
        return this.checkpoints.begin(Number(step));
      case "checkpoint_written":
        return this.checkpoints.end();
      case "checkpoint_failed":
        return this.checkpoints.end(new Error(String(message["reason"])));
      default:
        throw new InvalidArgumentError(`There is no operation ${JSON.stringify(op)}.`);
    }
  }

  private async storeArtifacts(): Promise<void> {
    const { trial } = this;
    const patterns = (this.setup.options.artifacts ?? images).map(patternOf);
    const files = readdirSync(trial.folder).filter((name) => patterns.some((pattern) => pattern.test(name)));
    for (const name of files) await trial.artifact(name, join(trial.folder, name));
  }

  private checkEnd({ code, signal, startError, stderr }: ProgramEnd): void {
    if (code === 0) return;
    if (startError !== undefined) throw this.error(`${this.shown}: ${startError}`);
    const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
    const why = signal === "SIGKILL" ? " The operating system does this when memory runs out." : "";
    const last = stderr === "" ? "" : `\nLast lines of its error output:\n${stderr}`;
    throw this.error(`${this.shown} ${how}.${why}${last}`, signal === null ? undefined : PROGRAM_KILLED);
  }

  private output(): ObjectiveOutput {
    const { result, value } = this.setup.options;
    const model = this.model();
    const kept = model === undefined ? {} : { model };
    if (typeof result === "object") return { values: result.map((name) => this.lastOf(name)), ...kept };
    if (value === "best") return { value: this.checked(this.metric, this.metrics.best()), ...kept };
    return { value: this.lastOf(result ?? this.metric), ...kept };
  }

  /** What the program wrote is the model of a retraining. */
  private model(): string | undefined {
    const { purpose, folder } = this.trial;
    return purpose === "retrain" && readdirSync(folder).length > 0 ? folder : undefined;
  }

  private lastOf(metric: string): number {
    return this.checked(metric, this.metrics.lastOf(metric));
  }

  private checked(metric: string, value: number | undefined): number {
    const { report, pattern, result } = this.setup.options;
    const isNamed = report !== undefined || pattern !== undefined || result !== undefined;
    const seen = this.metrics.describeSeen(metric);
    if (value === undefined && !isNamed)
      throw this.error(
        `${this.shown} reported no value. Name the metric that it prints: command(…, { report: "val_loss" }). ${seen}`,
      );
    if (value === undefined) throw this.error(`${this.shown} told no metric named ${metric}. ${seen}`);
    if (Number.isNaN(value))
      throw this.error(
        `${this.shown}: the last ${metric} is NaN. The training diverged: a learning rate may be too high.`,
      );
    return value;
  }

  private error(message: string, code?: string): CommandError {
    return new CommandError(message, this.setup.place.frames, code);
  }
}

function directionNamedBy(metric: string): "minimize" | "maximize" | undefined {
  const better = directionByName(metric);
  return better && (better === "max" ? "maximize" : "minimize");
}

function metricsIn({ metrics }: Readonly<Record<string, unknown>>): Metrics {
  const entries = typeof metrics === "object" && metrics !== null ? Object.entries(metrics) : [];
  return new Map(entries.map(([name, value]) => [name, numberOf(name, value)]));
}

/** Numbers come as text: JSON has neither NaN nor infinities. */
function numberOf(name: string, value: unknown): number {
  const number = typeof value === "string" ? parseNumber(value) : undefined;
  if (number === undefined) throw new InvalidArgumentError(`${name} must be a number, not ${JSON.stringify(value)}.`);
  return number;
}

function patternOf(name: string): RegExp {
  const parts = name.split("*").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`, "i");
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It holds what the program wrote, or is the model by now.
  }
}
