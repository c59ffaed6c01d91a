import { InvalidArgumentError } from "./errors.js";
import { checkOptions } from "./option-names.js";

/** How often trials keep a checkpoint, and how much room checkpoints may take. */
export interface CheckpointOptions {
  /** Seconds between two checkpoints of a trial, at least 0. With 0, training waits after each epoch until one is saved. Default 30. */
  readonly interval?: number;
  /** Megabytes that the study's checkpoints may take on disk, above 0. The worst trials lose theirs first. Default 2000. */
  readonly budget?: number;
}

/** @param options false: trials keep none. @throws InvalidArgumentError naming the option that cannot be, and `where`. */
export function readCheckpoints(
  where: string,
  options: CheckpointOptions | boolean = true,
): Required<CheckpointOptions> | undefined {
  if (options === false) return undefined;
  const given = options === true ? {} : options;
  checkOptions<CheckpointOptions>(`${where}, checkpoints`, given, { interval: true, budget: true });
  const { interval = 30, budget = 2000 } = given;
  const fail = (name: string, wanted: string, value: unknown): never => {
    throw new InvalidArgumentError(`${where}, checkpoints: ${name} must be ${wanted}, not ${String(value)}.`);
  };
  if (!(typeof interval === "number" && interval >= 0)) fail("interval", "a number of seconds of at least 0", interval);
  if (!(typeof budget === "number" && budget > 0)) fail("budget", "a number of megabytes above 0", budget);
  return { interval, budget };
}
