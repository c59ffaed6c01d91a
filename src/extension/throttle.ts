/** Calls `action` immediately, then at most once per `intervalMs`, and once more after the last call. */
export class Throttle {
  private timer: NodeJS.Timeout | undefined;
  private again = false;

  constructor(
    private readonly intervalMs: number,
    private readonly action: () => void,
  ) {}

  call(): void {
    if (this.timer) {
      this.again = true;
      return;
    }
    this.action();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (!this.again) return;
      this.again = false;
      this.call();
    }, this.intervalMs);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.again = false;
  }
}
