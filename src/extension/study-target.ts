import type { StudySummary } from "../protocol/inspector.js";
import type { WireParamValue } from "../protocol/wire.js";
import type { StudyId } from "./study-id.js";
import type { StorageState } from "./study-store.js";

/** The study that a command acts on. Plain data, because lenses and links pass it as a command's argument. */
export interface StudyTarget {
  readonly study: StudyId;
  /** The folder that relative paths refer to. */
  readonly folder: string;
  /** Absolute path of the study file; null: look it up in the stored study. */
  readonly file: string | null;
  readonly exportName: string | null;
  /** The number of trials in the code's text, if it contains one. */
  readonly trials: number | null;
  /** A trial of the study, if the command acts on one. */
  readonly trial?: number;
  /** Several trials of the study, if the command acts on them. */
  readonly numbers?: readonly number[];
  /** The parameters of a trial to enqueue. */
  readonly params?: Readonly<Record<string, WireParamValue>>;
  /** How many finished trials the study should have, if the command changes that. */
  readonly total?: number;
  /** A parameter of the study, by flat name, if the command acts on one. */
  readonly param?: string;
}

/** A stored study; its code is looked up when needed. */
export function storedTarget({ storage, folder }: StorageState, { name, source }: StudySummary): StudyTarget {
  return {
    study: { storage, name },
    folder,
    file: null,
    exportName: source?.exportName ?? null,
    trials: source?.trials ?? null,
  };
}

/** The storage passed to a command, or that of the study or trial passed to it. */
export function storageOf(argument: unknown): string | undefined {
  if (typeof argument === "object" && argument !== null && "state" in argument)
    return (argument.state as StorageState).storage;
  return targetOf(argument)?.study.storage;
}

/** The target passed to a command, directly or as the `target` of the tree node whose menu was used. */
export function targetOf(argument: unknown): StudyTarget | undefined {
  if (typeof argument !== "object" || argument === null) return undefined;
  if ("target" in argument) return targetOf(argument.target);
  return "study" in argument && "folder" in argument ? (argument as StudyTarget) : undefined;
}
