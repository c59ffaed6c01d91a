import { MultiBar, Presets, type SingleBar } from "cli-progress";
import type {
  EpochEnded,
  LogLine,
  StudyStarted,
  TrainerEvents,
  TrialFinished,
  TrialStarted,
} from "../protocol/trainer.js";
import { formatDuration, formatParams, formatValue, plural } from "./format.js";

/** Where a run is seen while it goes on. */
export interface LiveView {
  readonly events: TrainerEvents;
  /** What user code printed. */
  output(stream: "stdout" | "stderr", text: string): void;
  /** A line of ours, for people. */
  note(text: string): void;
  /** Nothing moves any more: what was held back is written. */
  close(): void;
}

/** Bars on a terminal, lines elsewhere. */
export function createLiveView(): LiveView {
  return process.stderr.isTTY ? new BarView() : new LineView();
}

/** User output as whole lines, so that ours never stand in the middle of one. */
class LineBuffer {
  private held = "";

  constructor(private readonly write: (lines: string) => void) {}

  add(text: string): void {
    const end = text.lastIndexOf("\n") + 1;
    if (end === 0) {
      this.held += text;
      return;
    }
    this.write(this.held + text.slice(0, end));
    this.held = text.slice(end);
  }

  flush(): void {
    if (this.held) this.write(`${this.held}\n`);
    this.held = "";
  }
}

/** For files, pipes and logs: a line per trial. */
class LineView implements LiveView {
  private readonly buffers = {
    stdout: new LineBuffer((lines) => process.stdout.write(lines)),
    stderr: new LineBuffer((lines) => process.stderr.write(lines)),
  };

  readonly events: TrainerEvents = {
    studyStarted: (event) => this.note(describeStart(event)),
    trialStarted: () => {},
    epoch: () => {},
    trialFinished: (event) => this.note(describeTrial(event)),
    log: (event) => process.stderr.write(`${describeLog(event)}\n`),
  };

  output(stream: "stdout" | "stderr", text: string): void {
    this.buffers[stream].add(text);
  }

  note(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  close(): void {
    this.buffers.stdout.flush();
    this.buffers.stderr.flush();
  }
}

const STUDY_FORMAT = "{bar} {value}/{total} trials | best {best}";
const ENDLESS_FORMAT = "{value} trials | best {best}";
const TRIAL_FORMAT = "{bar} trial {number} | epoch {value}/{total} | {logs}";
const STEPS_FORMAT = "trial {number} | step {value} | {logs}";

/** For a terminal: a bar for the study and one for the running trial, at the bottom; everything else scrolls above them. */
class BarView implements LiveView {
  private readonly bars = new MultiBar(
    { barsize: 24, hideCursor: true, clearOnComplete: true, linewrap: false, gracefulExit: false, emptyOnZero: true },
    Presets.shades_classic,
  );
  private study: SingleBar | undefined;
  private trial: { bar: SingleBar; number: number } | undefined;

  private readonly above = new LineBuffer((lines) => this.bars.log(lines));
  private readonly buffers = {
    // A standard output that goes elsewhere is not the terminal's.
    stdout: new LineBuffer((lines) => (process.stdout.isTTY ? this.above.add(lines) : process.stdout.write(lines))),
    stderr: new LineBuffer((lines) => this.above.add(lines)),
  };

  readonly events: TrainerEvents = {
    studyStarted: (event) => this.startStudy(event),
    trialStarted: ({ number }) => this.startTrial({ number }),
    epoch: (event) => this.updateTrial(event),
    trialFinished: (event) => this.finishTrial(event),
    log: (event) => this.note(describeLog(event)),
  };

  output(stream: "stdout" | "stderr", text: string): void {
    this.buffers[stream].add(text);
  }

  note(text: string): void {
    this.above.add(`${text}\n`);
  }

  close(): void {
    this.buffers.stdout.flush();
    this.buffers.stderr.flush();
    this.bars.update();
    this.bars.stop();
  }

  private startStudy(event: StudyStarted): void {
    this.note(describeStart(event));
    if (event.retrain) return;
    const format = event.trials === null ? ENDLESS_FORMAT : STUDY_FORMAT;
    this.study = this.bars.create(event.trials ?? 0, event.finishedBefore, { best: "–" }, { format });
  }

  private startTrial({ number }: Pick<TrialStarted, "number">): void {
    const payload = { number, logs: "" };
    this.trial = { bar: this.bars.create(0, 0, payload, { format: "trial {number} {logs}" }), number };
  }

  private updateTrial({ number, epoch, epochs, logs }: EpochEnded): void {
    if (this.trial?.number !== number) return;
    const shown = Object.entries(logs).map(([name, value]) => `${name} ${formatValue(value)}`);
    const format = epochs === null ? STEPS_FORMAT : TRIAL_FORMAT;
    // cli-progress fixes a bar's format when it is made.
    this.bars.remove(this.trial.bar);
    const payload = { number, logs: shown.join(" ") };
    this.trial.bar = this.bars.create(epochs ?? 0, epoch + 1, payload, { format });
  }

  private finishTrial(event: TrialFinished): void {
    if (this.trial) this.bars.remove(this.trial.bar);
    this.trial = undefined;
    const { best, finished } = event;
    this.study?.update(finished, { best: best ? `${formatValue(best.value)} (#${best.number})` : "–" });
    this.note(describeTrial(event));
  }
}

function describeStart(event: StudyStarted): string {
  const { study, trials, finishedBefore, resumed, retrain, sampler, pruner, backend, storage } = event;
  const engine = backend ? `, TensorFlow.js on ${backend.backend} (${backend.device})` : "";
  if (retrain) return `Retraining a trial of study "${study}"${engine}`;
  const goal = trials === null ? "trials until it is stopped" : plural(trials, "trial");
  const start = resumed
    ? `Resuming study "${study}": ${finishedBefore} of ${trials ?? "unlimited"} trials are done`
    : `Study "${study}": ${goal}`;
  return `${start}; ${sampler}, ${pruner}${engine}; ${storage}`;
}

function describeTrial({ number, state, values, params, durationMs, lastStep, best }: TrialFinished): string {
  const value = values ? ` ${values.map(formatValue).join(", ")}` : "";
  const step = state === "PRUNED" && lastStep !== null ? ` at step ${lastStep}` : "";
  const star = best?.number === number ? " ★" : "";
  const shown = formatParams(params);
  return `Trial ${number}: ${state}${step}${value}${star}${shown && `  ${shown}`}  ${formatDuration(durationMs)}`;
}

function describeLog({ level, message }: LogLine): string {
  return level === "info" ? message : `${level === "warn" ? "Warning" : "Error"}: ${message}`;
}
