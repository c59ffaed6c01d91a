/** Time, so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds since some fixed moment: only goes forward, whatever is done to the time of day. */
  now(): number;
  /** Milliseconds since 1970, as the system has it. It may be set at any moment. */
  timeOfDay(): number;
  /** Calls `action` again and again. @returns ends it. */
  every(milliseconds: number, action: () => void): () => void;
  /** Calls `action` once. @returns calls it off. */
  after(milliseconds: number, action: () => void): () => void;
  /** Lets what waits in the event loop happen: timers, messages. */
  turn(): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  timeOfDay: () => Date.now(),
  every(milliseconds, action) {
    const timer = setInterval(action, milliseconds);
    return () => clearInterval(timer);
  },
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
  turn: () => new Promise((resolve) => setTimeout(resolve, 0)),
};
