import * as vscode from "vscode";
import { DEFAULT_STORAGE } from "../protocol/trainer.js";

/** The extension's settings for one file; `package.json` documents each. */
export interface Settings {
  /** Path of the Node.js that runs studies; undefined: find one. */
  readonly nodePath: string | undefined;
  /** undefined: the study file or the training process decides. */
  readonly backend: string | undefined;
  /** The storage of studies whose file sets none. */
  readonly storage: string;
  /** The number of training processes for a study whose file sets none. */
  readonly parallel: number | "auto";
  readonly codeLens: boolean;
  /** Whether hints and hovers at the lines of a space say what its trials found. */
  readonly valueHints: boolean;
  /** Whether what the trials suggest about a space is among the file's problems. */
  readonly suggestions: boolean;
  /** Whether the trials of a debugged study are stored. */
  readonly debugKeepTrials: boolean;
  /** Whether what is wrong with a space is among the problems of its file. */
  readonly mistakeHints: boolean;
  /** Whether the lines at which trials failed are among the problems of their file. */
  readonly failureHints: boolean;
  readonly notifications: "all" | "errors" | "none";
  /** Whether a study's database gets the text of the code that its trials run. */
  readonly storeCode: boolean;
  /** What becomes of a run when its window is closed. */
  readonly onWindowClose: "continue" | "stop";
}

export function readSettings(scope?: vscode.Uri): Settings {
  const configuration = vscode.workspace.getConfiguration("tunelens", scope ?? null);
  const backend = configuration.get<string>("backend", "auto");
  return {
    nodePath: configuration.get<string>("nodePath")?.trim() || undefined,
    backend: backend === "auto" ? undefined : backend,
    storage: configuration.get<string>("storage")?.trim() || DEFAULT_STORAGE,
    parallel: readParallel(configuration.get<unknown>("parallel")),
    debugKeepTrials: configuration.get<boolean>("debug.keepTrials", false),
    codeLens: configuration.get<boolean>("codeLens.enabled", true),
    valueHints: configuration.get<boolean>("hints.values", true),
    suggestions: configuration.get<boolean>("hints.suggestions", true),
    mistakeHints: configuration.get<boolean>("hints.mistakes", true),
    failureHints: configuration.get<boolean>("hints.failures", true),
    notifications: configuration.get<Settings["notifications"]>("notifications", "all"),
    storeCode: configuration.get<boolean>("storeCode", true),
    onWindowClose: readOnWindowClose(configuration.get<unknown>("onWindowClose")),
  };
}

/** A remote window is closed by a lost connection, too. */
function readOnWindowClose(value: unknown): Settings["onWindowClose"] {
  if (value === "continue" || value === "stop") return value;
  return vscode.env.remoteName === undefined ? "stop" : "continue";
}

/** A settings file may hold anything. */
function readParallel(value: unknown): Settings["parallel"] {
  if (value === "auto") return value;
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1 ? value : 1;
}
