import type { StudySummary } from "../protocol/inspector.js";
import type { StudyId } from "./study-id.js";
import type { StorageState } from "./study-store.js";

/** What a command works on. Plain data, because lenses and links carry it as a command's argument. */
export interface StudyTarget {
  readonly study: StudyId;
  /** The folder relative paths are relative to. */
  readonly folder: string;
  /** Absolute path of the study file; null: look it up in what is stored with the study. */
  readonly file: string | null;
  readonly exportName: string | null;
  /** How many trials the code asks for, as far as its text says. */
  readonly trials: number | null;
  /** One trial of it, where the command was asked of one. */
  readonly trial?: number;
  /** One parameter of it, by flat name, where the command was asked of one. */
  readonly param?: string;
}

/** A study as its storage has it; its code is looked up when it is needed. */
export function storedTarget({ storage, folder }: StorageState, { name, source }: StudySummary): StudyTarget {
  return {
    study: { storage, name },
    folder,
    file: null,
    exportName: source?.exportName ?? null,
    trials: source?.trials ?? null,
  };
}

/** The storage a command was given, or that of the study or trial it was given. */
export function storageOf(argument: unknown): string | undefined {
  if (typeof argument === "object" && argument !== null && "state" in argument)
    return (argument.state as StorageState).storage;
  return targetOf(argument)?.study.storage;
}

/** The target a command was given: as it is, or the `target` of the tree's line that its menu was opened on. */
export function targetOf(argument: unknown): StudyTarget | undefined {
  if (typeof argument !== "object" || argument === null) return undefined;
  if ("target" in argument) return targetOf(argument.target);
  return "study" in argument && "folder" in argument ? (argument as StudyTarget) : undefined;
}
