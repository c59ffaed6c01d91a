/** A thread that reads study files for the editor. Whatever they hold, only this thread takes time and memory, and it can be ended. */
import { basename, dirname } from "node:path";
import { parentPort } from "node:worker_threads";
import { fixedStudy } from "./fixed-study.js";
import { readBeside } from "./read-beside.js";
import type { ScriptLanguage } from "./script-file.js";
import { scriptStudy as studyOfScript, type ScriptStudy } from "./script-study.js";
import { findStudies } from "./study-finder.js";
import { UnreadableSourceError } from "./dialect.js";

/** @param path the script's; what it may not have been saved with yet is `text`. */
function scriptStudy(text: string, path: string, language: ScriptLanguage): ScriptStudy | null {
  return studyOfScript(text, basename(path), language, readBeside(dirname(path)));
}

const functions = { findStudies, fixedStudy, scriptStudy };

export type SourceFunctions = typeof functions;

export interface SourceCall {
  readonly name: keyof SourceFunctions;
  readonly args: readonly unknown[];
}

/** `ready` comes first, then an answer to each call. */
export type SourceAnswer = "ready" | "unreadable" | { readonly result: unknown } | { readonly error: string };

const port = parentPort!;

port.on("message", ({ name, args }: SourceCall) => {
  try {
    const call = functions[name] as (...args: readonly unknown[]) => unknown;
    answer({ result: call(...args) });
  } catch (error) {
    if (error instanceof UnreadableSourceError) answer("unreadable");
    else answer({ error: error instanceof Error ? error.message : String(error) });
  }
});
answer("ready");

function answer(message: SourceAnswer): void {
  port.postMessage(message);
}
