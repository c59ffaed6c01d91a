import { ChildExitError } from "../supervisor/child-process.js";

/** How a call ended: answered, or its process ended first (`stuck`: it stopped responding because of this call). */
export type CallEnd =
  | { readonly kind: "result"; readonly result: unknown }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: "stuck" }
  /** @param guilty whether the process was working on this call. */
  | { readonly kind: "lost"; readonly guilty: boolean };

interface Call {
  /** The index of the call to this process, from 1. */
  readonly number: number;
  readonly timeoutMs: number;
  readonly abandon: (end: CallEnd) => void;
}

/** The calls to one inspector process, which answers one at a time. If a call takes too long, the process is replaced. */
export class InspectorCalls {
  /** In the order in which they are answered. */
  private waiting: Call[] = [];
  private made = 0;
  private begun = 0;
  private patience: NodeJS.Timeout | undefined;

  /** @param onStuck called if the process stops responding and must be ended. */
  constructor(private readonly onStuck: () => void) {}

  /** The process has started the next call. */
  readonly begin = (): void => {
    this.begun++;
  };

  /** Waits for an answer, but not forever. @param ask sends the call. */
  async during(ask: () => Promise<unknown>, timeoutMs: number): Promise<CallEnd> {
    let abandon: Call["abandon"] = () => {};
    const abandoned = new Promise<CallEnd>((resolve) => (abandon = resolve));
    const call: Call = { number: ++this.made, timeoutMs, abandon };
    this.waiting.push(call);
    if (this.waiting.length === 1) this.waitForFirst();
    const answered = ask().then(
      (result): CallEnd => ({ kind: "result", result }),
      (error: unknown): CallEnd => (error instanceof ChildExitError ? this.lost(call) : { kind: "error", error }),
    );
    const end = await Promise.race([answered, abandoned]);
    this.remove(call);
    return end;
  }

  private remove(call: Call): void {
    const first = this.waiting[0] === call;
    this.waiting = this.waiting.filter((other) => other !== call);
    if (first) this.waitForFirst();
  }

  private lost({ number }: Call): CallEnd {
    return { kind: "lost", guilty: number === this.begun && this.waiting[0]?.number === number };
  }

  private waitForFirst(): void {
    clearTimeout(this.patience);
    const [first] = this.waiting;
    // If the machine slept, an answer that arrived meanwhile is handled first.
    if (first) this.patience = setTimeout(() => setImmediate(() => this.tooLong(first)), first.timeoutMs);
  }

  private tooLong(first: Call): void {
    if (this.waiting[0] !== first) return;
    const calls = this.waiting;
    this.waiting = [];
    this.onStuck();
    // If it has not started the first call, it is stuck on a storage that it watches: the next query for that one will show it.
    const guilty = first.number === this.begun;
    for (const call of calls)
      call.abandon(call === first && guilty ? { kind: "stuck" } : { kind: "lost", guilty: false });
  }
}
