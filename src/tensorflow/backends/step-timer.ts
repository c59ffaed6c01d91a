import * as tf from "@tensorflow/tfjs";

/** Steps that are not timed: kernels are compiled, and buffers made, in the first. */
const WARM_UP_STEPS = 3;
const LEAST_STEPS = 5;
/** A GPU is behind what was sent to it; it is asked so often how far it is. */
const READ_EVERY_MS = 100;

/** The first training steps of a process, timed: those of every optimizer, whatever the loop around them. */
export class StepTimer {
  /** Milliseconds a step takes, as soon as enough of them have been timed. */
  readonly done: Promise<number>;
  private settle!: (ms: number) => void;
  private steps = 0;
  private startedAt = 0;
  private readAt = 0;
  private latest: { readonly steps: number; readonly at: number } | undefined;

  /** @param milliseconds for how long it times. */
  constructor(private readonly milliseconds: number) {
    this.done = new Promise((resolve) => (this.settle = resolve));
    const { prototype } = tf.Optimizer as unknown as { prototype: { incrementIterations(): void } };
    // Each optimizer calls it after its step.
    const stock = prototype.incrementIterations;
    const ended = () => this.stepEnded();
    prototype.incrementIterations = function () {
      stock.call(this);
      ended();
    };
  }

  /** What is known when training has ended; undefined: it took too few steps. */
  get soFar(): number | undefined {
    return this.latest && (this.latest.at - this.startedAt) / this.latest.steps;
  }

  /** How many steps it takes at least. */
  static readonly leastSteps = WARM_UP_STEPS + LEAST_STEPS;

  private stepEnded(): void {
    this.steps++;
    const now = performance.now();
    if (this.steps === WARM_UP_STEPS) this.startedAt = this.readAt = now;
    const steps = this.steps - WARM_UP_STEPS;
    if (steps < LEAST_STEPS || (this.latest && now - this.readAt < READ_EVERY_MS)) return;
    this.readAt = now;
    // What keeps it from being read keeps the training from going on.
    this.read(steps).catch(() => {});
  }

  /** What is computed after a step is there after all of that step is. */
  private async read(steps: number): Promise<void> {
    const computed = tf.tidy(() => tf.keep(tf.scalar(1).add(1)));
    await computed.data();
    computed.dispose();
    const at = performance.now();
    if (steps <= (this.latest?.steps ?? 0)) return;
    this.latest = { steps, at };
    if (at - this.startedAt >= this.milliseconds) this.settle(this.soFar!);
  }
}
