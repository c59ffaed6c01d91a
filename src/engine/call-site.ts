/** Where a function was called, for errors and warnings that come later, from code that the user did not write. */
export class CallSite {
  private readonly trace: { readonly stack?: unknown } = {};

  /** @param callee the function, whose own calls are left out. */
  constructor(callee?: (...args: never[]) => unknown) {
    Error.captureStackTrace(this.trace, callee);
  }

  /** The calls, one per line, as in an error's stack. */
  get stack(): string {
    return String(this.trace.stack);
  }

  /** The lines of the calls alone, the nearest first. */
  get frames(): readonly string[] {
    return this.stack.split("\n").slice(1);
  }

  /** Adds the calls to an error's stack if it does not have them: asynchronous code loses them. */
  locate(error: unknown): unknown {
    if (!(error instanceof Error)) return error;
    const { frames } = this;
    const [nearest = ""] = frames;
    const place = /([^\s(]+:\d+):\d+\)?$/.exec(nearest)?.[1];
    if (place === undefined || error.stack?.includes(`${place}:`)) return error;
    // Some of Node's own errors have a stack that cannot be set.
    Reflect.set(error, "stack", [error.stack ?? error.message, ...frames].join("\n"));
    return error;
  }
}
