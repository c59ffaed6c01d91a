import type { Clock } from "./clock.js";

/** Between two looks a clock is corrected by less than this; more is a jump. */
const CORRECTION_MILLISECONDS = 30_000;

/**
 * Watches the time of day, which heartbeats are stored in. Where it jumps (somebody sets it, the machine wakes up), all heartbeats seem
 * old at once, those of living processes too.
 */
export class ClockWatch {
  private offset: number;
  private jumpedAt = -Infinity;

  constructor(private readonly clock: Clock) {
    this.offset = clock.timeOfDay() - clock.now();
  }

  /** Whether the time of day was seen to jump within the last `seconds`. */
  jumpedWithin(seconds: number): boolean {
    const now = this.clock.now();
    const offset = this.clock.timeOfDay() - now;
    if (Math.abs(offset - this.offset) > CORRECTION_MILLISECONDS) this.jumpedAt = now;
    this.offset = offset;
    return now - this.jumpedAt < seconds * 1000;
  }
}
