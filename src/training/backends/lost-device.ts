import { TunelensError } from "../../engine/errors.js";

/** The GPU went away while it trained: its driver was reset, it was unplugged, its memory ran out. */
class DeviceLostError extends TunelensError {
  override readonly name = "DeviceLostError";
  constructor(why: string, options: ErrorOptions) {
    super("device-lost", `The GPU was lost while it trained: ${why.replace(/\.$/, "")}.`, options);
  }
}

let why: string | undefined;

/** Called by a backend when its device is gone. */
export function deviceWasLost(reason: string): void {
  why = reason;
}

/** Called by a backend that has a device. */
export function deviceIsThere(): void {
  why = undefined;
}

/** What to throw for an error that happened in training: that the device was lost, where it was, is why. */
export function causeOf(error: unknown): unknown {
  return why === undefined ? error : new DeviceLostError(why, { cause: error });
}
