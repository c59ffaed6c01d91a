/**
 * Asks again for something that changes in bursts: at most once per interval, never twice at a time, and once more when it changed during
 * an answer.
 */
export class Refresher {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private busy = false;
  private again = false;
  private lastStart = -Infinity;

  constructor(
    private readonly load: () => Promise<void>,
    private readonly intervalMs: number,
  ) {}

  /** Asks as soon as the interval allows it. */
  request(): void {
    if (this.busy) {
      this.again = true;
      return;
    }
    if (this.timer !== null) return;
    const wait = Math.max(0, this.lastStart + this.intervalMs - performance.now());
    this.timer = setTimeout(() => void this.run(), wait);
  }

  /** Asks at once, for something else than before. */
  restart(): void {
    this.lastStart = -Infinity;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.request();
  }

  private async run(): Promise<void> {
    this.timer = null;
    this.busy = true;
    this.again = false;
    this.lastStart = performance.now();
    try {
      await this.load();
    } finally {
      this.busy = false;
    }
    if (this.again) this.request();
  }
}
