import { fileURLToPath } from "node:url";
import { CallSite } from "../engine/call-site.js";

/** Where user code called a function of ours. */
export interface CallPlace {
  /** The file; undefined where the stack does not say. */
  readonly file: string | undefined;
  /** The frames of the stack, for errors about the call. */
  readonly frames: string;
}

const FRAME = /^\s+at (?:.*?\()?((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/]).*?):\d+:\d+\)?$/s;

export function callerOf(called: (...args: never[]) => unknown): CallPlace {
  const { frames } = new CallSite(called);
  // tsx marks some files after a question mark.
  const path = FRAME.exec(frames[0] ?? "")?.[1]?.split("?")[0];
  return { file: path?.startsWith("file:") ? fileURLToPath(path) : path, frames: frames.join("\n") };
}
