import { ChildExitError } from "../supervisor/child-process.js";

/** How a call ended: answered, or its process ended first (`stuck`: it stopped responding because of this call's storage). */
export type CallEnd =
  | { readonly kind: "result"; readonly result: unknown }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: "stuck" }
  /** @param guilty whether the process was reading this call's storage. Of several calls, one is told. */
  | { readonly kind: "lost"; readonly guilty: boolean };

interface Call {
  readonly storage: string;
  readonly timeoutMs: number;
  readonly abandon: (end: CallEnd) => void;
}

/**
 * The calls to one inspector process. A call may take as long as its work does, if the process shows signs of life meanwhile: answers, and what
 * it reads. If it shows none for too long, it is replaced.
 */
export class InspectorCalls {
  private readonly waiting = new Set<Call>();
  /** The storage that the process reads now. */
  private reads: string | null = null;
  private patience: NodeJS.Timeout | undefined;

  /** @param onStuck called if the process stops responding and must be ended. */
  constructor(private readonly onStuck: () => void) {}

  /** As the process tells. */
  readonly reading = (storage: string | null): void => {
    this.reads = storage;
    this.waitForSign();
  };

  /** Waits for an answer. @param ask sends the call. @param timeoutMs how long the process may be silent because of it. */
  async during(ask: () => Promise<unknown>, storage: string, timeoutMs: number): Promise<CallEnd> {
    let abandon: Call["abandon"] = () => {};
    const abandoned = new Promise<CallEnd>((resolve) => (abandon = resolve));
    const call: Call = { storage, timeoutMs, abandon };
    this.waiting.add(call);
    // A call is no sign of life.
    if (this.waiting.size === 1) this.waitForSign();
    const answered = ask().then(
      (result): CallEnd => ({ kind: "result", result }),
      (error: unknown): CallEnd => (error instanceof ChildExitError ? this.lost(call) : { kind: "error", error }),
    );
    const end = await Promise.race([answered, abandoned]);
    if (this.waiting.delete(call)) this.waitForSign();
    return end;
  }

  private lost({ storage }: Call): CallEnd {
    const guilty = storage === this.reads;
    if (guilty) this.reads = null;
    return { kind: "lost", guilty };
  }

  private waitForSign(): void {
    clearTimeout(this.patience);
    if (this.waiting.size === 0) return;
    const limit = Math.max(...Array.from(this.waiting, ({ timeoutMs }) => timeoutMs));
    const patience = setTimeout(() => {
      // If the machine slept, what arrived meanwhile is handled first.
      setImmediate(() => {
        if (this.patience === patience) this.tooLong();
      });
    }, limit);
    this.patience = patience;
  }

  private tooLong(): void {
    const calls = [...this.waiting];
    this.waiting.clear();
    this.onStuck();
    // If it reads nothing for a call, it is stuck on a storage that it watches: the next query for that one will show it.
    for (const call of calls)
      call.abandon(call.storage === this.reads ? { kind: "stuck" } : { kind: "lost", guilty: false });
  }
}
