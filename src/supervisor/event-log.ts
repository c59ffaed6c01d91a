import type { RunEvents } from "../protocol/run.js";

/** An event of a run, by its name. */
export type RunEvent = {
  [Name in keyof RunEvents]: { readonly name: Name; readonly event: Parameters<RunEvents[Name]>[0] };
}[keyof RunEvents];

/** How much is kept for late comers: characters of output, and of lines about trials and of Tunelens. */
const MOST_OUTPUT = 200_000;
const MOST_LINES = 200_000;

/**
 * What somebody is told who attaches late: how the run stands (its study, its processes, the trials that run and their latest epochs, how it was
 * steered), and the latest trials, lines, and output, in the order in which they came.
 */
export class EventLog {
  private readonly told = new Map<string, RunEvent>();
  private readonly sizes = { output: 0, lines: 0 };
  private sequence = 0;

  add(told: RunEvent): void {
    if (told.name === "trialFinished") {
      this.told.delete(`trial ${told.event.number}`);
      this.told.delete(`epoch ${told.event.number}`);
    }
    const key = stateKey(told);
    if (key !== undefined) {
      // What is told anew comes last.
      this.told.delete(key);
      this.told.set(key, told);
      return;
    }
    this.told.set(`${++this.sequence}`, told);
    const kind = kindOf(told);
    this.sizes[kind] += sizeOf(told);
    if (this.sizes[kind] > (kind === "output" ? MOST_OUTPUT : MOST_LINES)) this.forget(kind);
  }

  events(): readonly RunEvent[] {
    return [...this.told.values()];
  }

  /** Forgets the older half, but never the latest. */
  private forget(kind: "output" | "lines"): void {
    const goal = this.sizes[kind] / 2;
    const kept = [...this.told].filter(([, told]) => stateKey(told) === undefined && kindOf(told) === kind);
    for (const [key, told] of kept.slice(0, -1)) {
      if (this.sizes[kind] <= goal) return;
      this.told.delete(key);
      this.sizes[kind] -= sizeOf(told);
    }
  }
}

/** Events that tell how something stands: only the latest counts. undefined: each counts. */
function stateKey({ name, event }: RunEvent): string | undefined {
  if (name === "trialStarted") return `trial ${event.number}`;
  if (name === "epoch") return `epoch ${event.number}`;
  if (name === "processStarted") return `process ${event.worker}`;
  return name === "studyStarted" || name === "steered" || name === "ended" ? name : undefined;
}

function kindOf({ name }: RunEvent): "output" | "lines" {
  return name === "output" ? "output" : "lines";
}

function sizeOf({ name, event }: RunEvent): number {
  return name === "output" ? event.text.length : JSON.stringify(event).length;
}
