import type { StudyId } from "./study-id.js";

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
}

/** A menu of the tree hands over the line it was opened on. */
export interface HasTarget {
  readonly target: StudyTarget;
}

export function targetOf(argument: unknown): StudyTarget | undefined {
  if (typeof argument !== "object" || argument === null) return undefined;
  if ("target" in argument) return targetOf(argument.target);
  return "study" in argument && "folder" in argument ? (argument as StudyTarget) : undefined;
}
