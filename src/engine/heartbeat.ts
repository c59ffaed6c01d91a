import { InvalidArgumentError } from "./errors.js";
import { checkOptions } from "./option-names.js";

/** How a running trial shows that its process is alive to processes that cannot see it, such as those of other machines. */
export interface HeartbeatOptions {
  /** Seconds between heartbeats, above 0 and at most a day. Default 15. Optuna's `heartbeat_interval`. */
  readonly interval?: number;
  /**
   * A trial whose last heartbeat is older than this many seconds counts as failed: its process is gone. More than `interval`, and at most a
   * day. Default: 120, or twice the interval if that is more. Optuna's `grace_period`.
   */
  readonly grace?: number;
}

const DAY_IN_SECONDS = 86_400;

/** @throws InvalidArgumentError naming the option that cannot be, and `where`. */
export function readHeartbeat(where: string, options: HeartbeatOptions = {}): Required<HeartbeatOptions> {
  checkOptions<HeartbeatOptions>(`${where}, heartbeat`, options, { interval: true, grace: true });
  const { interval = 15 } = options;
  const { grace = Math.min(DAY_IN_SECONDS, Math.max(120, 2 * interval)) } = options;
  const check = (name: string, value: unknown, least: number) => {
    if (!(typeof value === "number" && value > least && value <= DAY_IN_SECONDS))
      throw new InvalidArgumentError(
        `${where}, heartbeat: ${name} must be a number of seconds above ${least} and at most ${DAY_IN_SECONDS}, not ${String(value)}.`,
      );
  };
  check("interval", interval, 0);
  check("grace", grace, interval);
  return { interval, grace };
}
