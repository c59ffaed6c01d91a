/** How long an objective whose trial has failed behind its back may take to end, before the study goes on without it. */
const SETTLE_MS = 2_000;

/**
 * Runs user code such that an error which reached nobody (thrown in a timer, an unhandled rejection, `process.exit`) fails what is
 * running instead of the process.
 */
export class ObjectiveGuard {
  private fail: ((error: unknown) => void) | undefined;

  async run<Result>(userCode: () => Result | Promise<Result>): Promise<Result> {
    const stray = new Promise<never>((_, reject) => (this.fail = reject));
    // Only the race below looks at it, and only the first error counts.
    stray.catch(() => {});
    const running = (async () => userCode())();
    try {
      const result = await Promise.race([running, stray]);
      // Rejections that nobody handles are told after the microtasks: wait for them, while they can be told whose they are.
      await Promise.race([new Promise(setImmediate), stray]);
      return result;
    } catch (error) {
      await Promise.race([running.catch(() => {}), new Promise((resolve) => setTimeout(resolve, SETTLE_MS))]);
      throw error;
    } finally {
      this.fail = undefined;
    }
  }

  /** @returns false when no user code is running that the error could belong to. */
  strayError(error: unknown): boolean {
    this.fail?.(error);
    return this.fail !== undefined;
  }
}
