import { type GenericFormatter, MultiBar, type SingleBar } from "cli-progress";
import { freezesParams } from "../protocol/follow-up-info.js";
import type {
  BestTrial,
  EpochEnded,
  LogLine,
  StudyStarted,
  TrainerEvents,
  TrialFinished,
  TrialStarted,
} from "../protocol/trainer.js";
import { describeBackend } from "../format/backend-description.js";
import { plural } from "../format/plural.js";
import { shownState } from "../format/shown-state.js";
import { shown, streams, terminalText } from "./terminal.js";
import { formatDuration } from "../format/duration.js";
import { formatNumber } from "../format/numbers.js";
import { formatParams } from "./format.js";

/** Shows a run while it is in progress. */
export interface LiveView {
  readonly events: TrainerEvents;
  /** @param worker which of the processes that work at once it is, so that the lines of two do not mix. */
  output(stream: "stdout" | "stderr", text: string, worker: number): void;
  /** A line of ours, for people. */
  note(text: string): void;
  /** The run is over: writes what was held back. */
  close(): void;
}

/** A standard stream. */
export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
}

/** Bars where `stderr` is a terminal, lines elsewhere. */
export function createLiveView(stdout: OutputStream = streams.stdout, stderr: OutputStream = streams.stderr): LiveView {
  return stderr.isTTY ? new BarView(stdout, stderr) : new LineView(stdout, stderr);
}

/** A line without end is passed on in pieces of this many characters. */
const MOST_HELD = 65_536;

/** Where user output goes. */
interface OutputSink {
  /** @param text whole lines, but for one that has no end. */
  readonly write: (text: string) => void;
  /** A line that writes itself over, as progress bars do. @returns how much of it is to come again with the rest of the line. */
  readonly rewrite: (line: string) => string;
}

/** User output as whole lines, so that ours never stand in the middle of one. */
class LineBuffer {
  private held = "";

  constructor(private readonly sink: OutputSink) {}

  add(text: string): void {
    const end = text.lastIndexOf("\n") + 1;
    if (end > 0) this.sink.write(this.held + text.slice(0, end));
    this.held = end > 0 ? text.slice(end) : this.held + text;
    if (this.held.includes("\r")) this.held = this.sink.rewrite(this.held);
    if (this.held.length < MOST_HELD) return;
    this.sink.write(this.held);
    this.held = "";
  }

  flush(): void {
    if (this.held) this.sink.write(`${this.held}\n`);
    this.held = "";
  }
}

/** The user's output of several processes, a buffer for each stream of each. */
class OutputBuffers {
  private readonly buffers = new Map<string, LineBuffer>();

  constructor(private readonly sinkOf: (stream: "stdout" | "stderr", worker: number) => OutputSink) {}

  add(stream: "stdout" | "stderr", text: string, worker: number): void {
    const key = `${stream} ${worker}`;
    const buffer = this.buffers.get(key) ?? new LineBuffer(this.sinkOf(stream, worker));
    this.buffers.set(key, buffer);
    buffer.add(text);
  }

  flush(): void {
    for (const buffer of this.buffers.values()) buffer.flush();
  }
}

/** Trials whose training has diverged: each is reported once. */
class Divergences {
  private readonly told = new Set<number>();

  /** What to say of an epoch; undefined: nothing. */
  describe({ number, epoch, epochs, logs }: EpochEnded): string | undefined {
    const lost = Object.keys(logs).filter((name) => logs[name] === "NaN");
    if (lost.length === 0 || this.told.has(number)) return undefined;
    this.told.add(number);
    const when = epochs === null ? `step ${epoch}` : `epoch ${epoch + 1}`;
    return `Trial ${number} has diverged: ${lost.map(shown).join(", ")} ${lost.length === 1 ? "is" : "are"} NaN at ${when}`;
  }
}

/** Writes to a stream so that nobody's line begins in the middle of another's. */
class LineWriter {
  private open: unknown;

  constructor(private readonly stream: OutputStream) {}

  write(text: string, whose: unknown = undefined): void {
    if (this.open !== undefined && this.open !== whose) this.stream.write("\n");
    this.stream.write(text);
    this.open = text.endsWith("\n") ? undefined : whose;
  }

  /** What is rewritten is passed on as it comes. */
  sinkOf(whose: unknown): OutputSink {
    const write = (text: string) => this.write(text, whose);
    return {
      write,
      rewrite: (line) => {
        write(line);
        return "";
      },
    };
  }

  close(): void {
    if (this.open !== undefined) this.write("");
  }
}

/** For files, pipes and logs: a line per trial, and one where it diverges. */
class LineView implements LiveView {
  private readonly writers;
  private readonly buffers;
  private readonly divergences = new Divergences();

  constructor(stdout: OutputStream, stderr: OutputStream) {
    const writers = { stdout: new LineWriter(stdout), stderr: new LineWriter(stderr) };
    this.writers = writers;
    this.buffers = new OutputBuffers((stream, worker) => writers[stream].sinkOf(worker));
  }

  readonly events: TrainerEvents = {
    studyStarted: (event) => this.note(describeStart(event)),
    trialStarted: () => {},
    epoch: (event) => {
      const diverged = this.divergences.describe(event);
      if (diverged) this.note(diverged);
    },
    trialFinished: (event) => this.note(describeTrial(event)),
    log: (event) => this.writers.stderr.write(`${terminalText(describeLog(event))}\n`),
  };

  output(stream: "stdout" | "stderr", text: string, worker: number): void {
    this.buffers.add(stream, text, worker);
  }

  note(text: string): void {
    this.writers.stdout.write(`${terminalText(text)}\n`);
  }

  close(): void {
    this.buffers.flush();
    this.writers.stdout.close();
    this.writers.stderr.close();
  }
}

interface StudyBar {
  readonly best: string;
}

interface TrialBar {
  readonly number: number;
  /** null: nobody said how many there will be. */
  readonly epochs: number | null;
  readonly logs: string;
}

const BAR_WIDTH = 24;

function drawBar(value: number, total: number): string {
  const filled = Math.round(BAR_WIDTH * Math.min(1, total > 0 ? value / total : 0));
  return "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
}

const formatStudyBar: GenericFormatter = (_options, { value, total }, { best }: StudyBar) =>
  total > 0 && value <= total
    ? `${drawBar(value, total)} ${value}/${total} trials | best ${best}`
    : `${value} trials | best ${best}`;

const formatTrialBar: GenericFormatter = (_options, { value }, { number, epochs, logs }: TrialBar) => {
  if (epochs !== null) return `${drawBar(value, epochs)} trial ${number} | epoch ${value}/${epochs} | ${logs}`;
  return value > 0 ? `trial ${number} | step ${value} | ${logs}` : `trial ${number}`;
};

/** A line of the user's own, as it is now. */
interface UserLine {
  readonly text: string;
}

const formatUserLine: GenericFormatter = (_options, _params, { text }: UserLine) => text;

/** What is written above the bars takes their place, which holds their text. */
const CLEAR_TO_END_OF_LINE = "\u001B[K";

/** For a terminal: a bar for the study and one for each running trial, at the bottom; everything else scrolls above them. */
class BarView implements LiveView {
  private readonly bars: MultiBar;
  private readonly buffers;
  private readonly divergences = new Divergences();
  private study: SingleBar | undefined;
  /** By trial number; a bar that is free is taken by the next trial, so that the others keep their place. */
  private readonly trials = new Map<number, SingleBar>();
  private readonly free: SingleBar[] = [];

  constructor(
    stdout: OutputStream,
    private readonly stderr: OutputStream,
  ) {
    // Bars are drawn again at each frame: what is written above them has taken their place.
    this.bars = new MultiBar({
      stream: stderr,
      fps: 8,
      forceRedraw: true,
      hideCursor: true,
      clearOnComplete: true,
      // Bars are cut at the terminal's width; what is printed above them is not.
      linewrap: true,
      gracefulExit: false,
    });
    const elsewhere = new LineWriter(stdout);
    // A standard output that goes elsewhere is not the terminal's.
    this.buffers = new OutputBuffers((stream, worker) =>
      stream === "stdout" && !stdout.isTTY ? elsewhere.sinkOf(worker) : this.sinkAbove(),
    );
  }

  readonly events: TrainerEvents = {
    studyStarted: (event) => this.startStudy(event),
    trialStarted: (event) => this.startTrial(event),
    epoch: (event) => this.updateTrial(event),
    trialFinished: (event) => this.finishTrial(event),
    log: (event) => this.note(describeLog(event)),
  };

  output(stream: "stdout" | "stderr", text: string, worker: number): void {
    this.buffers.add(stream, text, worker);
  }

  note(text: string): void {
    this.writeAbove(`${terminalText(text)}\n`);
  }

  close(): void {
    this.buffers.flush();
    this.bars.update();
    this.bars.stop();
  }

  /** Whole lines scroll above the bars; one that is rewritten stands among them until it ends. */
  private sinkAbove(): OutputSink {
    let bar: SingleBar | undefined;
    return {
      write: (text) => {
        if (bar) this.bars.remove(bar);
        bar = undefined;
        this.writeAbove(text.endsWith("\n") ? text : `${text}\n`);
      },
      rewrite: (line) => {
        const latest = line.slice(line.lastIndexOf("\r", line.length - 2) + 1);
        const payload: UserLine = { text: latest.replaceAll("\r", "") };
        bar ??= this.bars.create(0, 0, payload, { format: formatUserLine });
        bar.update(0, payload);
        return latest;
      },
    };
  }

  private writeAbove(lines: string): void {
    if (!this.study && this.trials.size + this.free.length === 0) this.stderr.write(lines);
    else this.bars.log(lines.replaceAll("\n", `${CLEAR_TO_END_OF_LINE}\n`));
  }

  private startStudy(event: StudyStarted): void {
    this.note(describeStart(event));
    if (event.retrain) return;
    const payload: StudyBar = { best: describeBest(event.best) };
    this.study = this.bars.create(event.trials ?? 0, event.finishedBefore, payload, { format: formatStudyBar });
  }

  private startTrial({ number }: TrialStarted): void {
    const payload: TrialBar = { number, epochs: null, logs: "" };
    const bar = this.free.shift();
    if (bar) bar.update(0, payload);
    this.trials.set(number, bar ?? this.bars.create(0, 0, payload, { format: formatTrialBar }));
  }

  private updateTrial(event: EpochEnded): void {
    const { number, epoch, epochs, logs } = event;
    const metrics = Object.entries(logs).map(([name, value]) => `${shown(name)} ${formatNumber(value)}`);
    const payload: TrialBar = { number, epochs, logs: metrics.join(" ") };
    this.trials.get(number)?.update(epoch + 1, payload);
    const diverged = this.divergences.describe(event);
    if (diverged) this.note(diverged);
  }

  private finishTrial(event: TrialFinished): void {
    const { best, finished } = event;
    const payload: StudyBar = { best: describeBest(best) };
    this.study?.update(finished, payload);
    const bar = this.trials.get(event.number);
    if (bar) this.free.push(bar);
    this.trials.delete(event.number);
    this.note(describeTrial(event));
  }
}

function describeStart(event: StudyStarted): string {
  const { study, trials, finishedBefore, resumed, retrain, sampler, pruner, backend, storage, processes, followUp } =
    event;
  const engine = backend ? `, TensorFlow.js on ${describeBackend(backend)}` : "";
  const name = shown(study);
  if (retrain) return `Retraining a trial of study "${name}"${engine}`;
  const goal = trials === null ? "trials until stopped" : plural(trials, "trial");
  const start = isNewChanged(event)
    ? `Study "${name}" continues "${shown(event.followUp!.from)}" with a changed space: ${goal}`
    : isNewFollowUp(event)
      ? `Follow-up study "${name}" of "${shown(event.followUp!.from)}": ${plural(finishedBefore, "matching trial")} from it, ` +
        `${trials === null ? "" : `${trials - finishedBefore} `}more to run`
      : resumed
        ? `Resuming study "${name}": ${describeDone(finishedBefore, trials)}`
        : `Study "${name}": ${goal}`;
  const workers = processes && processes.parallel > 1 ? `, ${processes.parallel} processes` : "";
  const held = freezesParams(followUp) ? `${formatParams(followUp.frozen)} frozen, ` : "";
  return `${start}; ${held}${sampler}, ${pruner}${engine}${workers}; ${storage}`;
}

function describeDone(finished: number, trials: number | null): string {
  if (trials !== null && finished > trials) return `${finished} finished trials, more than the ${trials} requested`;
  return trials === null ? plural(finished, "finished trial") : `${finished} of ${trials} trials finished`;
}

function isNewChanged({ followUp, finishedBefore }: StudyStarted): boolean {
  return followUp !== null && !freezesParams(followUp) && finishedBefore === 0;
}

/** Made just now, so that only what it took along is finished. */
function isNewFollowUp({ followUp, finishedBefore }: StudyStarted): boolean {
  return followUp !== null && finishedBefore <= followUp.taken;
}

function describeBest(best: BestTrial | null | undefined): string {
  return best ? `${formatNumber(best.value)} (#${best.number})` : "–";
}

function describeTrial(event: TrialFinished): string {
  const { number, values, params, durationMs, lastStep, best } = event;
  const shownAs = shownState(event);
  const state = shownAs === "STOPPED" ? "stopped" : shownAs;
  const prunedAt = event.state === "PRUNED" ? lastStep : null;
  const step = prunedAt === null ? "" : ` at step ${prunedAt}`;
  // What a pruned trial reported last is its value, unless it was NaN.
  const lost = prunedAt === null ? "" : " NaN";
  const value = values ? ` ${values.map(formatNumber).join(", ")}` : lost;
  const star = best?.number === number ? " ★" : "";
  const shown = formatParams(params);
  return `Trial ${number}: ${state}${step}${value}${star}${shown && `  ${shown}`}  ${formatDuration(durationMs)}`;
}

function describeLog({ level, message }: LogLine): string {
  return level === "info" ? message : `${level === "warn" ? "Warning" : "Error"}: ${message}`;
}
