import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { TunelensError } from "../engine/errors.js";
import { PROVENANCE_FILE } from "../protocol/saved-model.js";
import type { BackendDescription } from "./backends/backend.js";

/** The origin of a model, as stored in its `tunelens.json`. */
export interface ModelProvenance {
  /** The study's name. */
  readonly study: string;
  /** The trial's number. */
  readonly trial: number;
  /** By flat name. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The objective's value or values, and other measurements. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Whether a lower or a higher `metrics.value` is better. Missing for several objectives, and if unknown. */
  readonly direction?: "minimize" | "maximize";
  /** One value per epoch for each metric. */
  readonly history: Readonly<Record<string, readonly number[]>>;
  /** The epoch, from 1, whose weights are saved: the last, or the best if it was restored. Missing if unknown. */
  readonly epoch?: number;
  /** What it was trained on. */
  readonly backend: BackendDescription;
  /** The study's; null: random. */
  readonly seed: number | null;
  /** Versions by name: Node.js, Tunelens, TensorFlow.js, the training backend's package, and the packages that the study's code imports. */
  readonly versions: Readonly<Record<string, string>>;
  /**
   * The hexadecimal SHA-256 of the study file and of each workspace module that it imports, at training time, by path relative to the study
   * file's folder. Missing for models from older versions, and from programs without a study.
   */
  readonly code?: Readonly<Record<string, string>>;
  /** The earlier trainings that this one continued, oldest first; missing if it started from scratch. `history` has the epochs of all. */
  readonly continues?: readonly ContinuedTraining[];
  /** When it was saved, in ISO 8601. */
  readonly savedAt: string;
}

/** A saved model whose training was continued. */
export interface ContinuedTraining {
  /** When it was saved, ISO 8601. */
  readonly savedAt: string;
  /** Number of epochs it had been trained for. */
  readonly epochs: number;
  /** As its own provenance has them. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** The part of the provenance that the caller provides. */
export type ModelMetadata = Omit<ModelProvenance, "versions" | "savedAt"> & Partial<Pick<ModelProvenance, "versions">>;

/** The same of files that an objective wrote itself. */
export type OwnFilesMetadata = Omit<ModelMetadata, "backend">;

/** @param folder with the very model. @throws TunelensError code `model-not-found`, naming the file. */
export async function provenanceIn(folder: string): Promise<ModelProvenance> {
  const text = await readModelFile(folder, PROVENANCE_FILE);
  return JSON.parse(text.toString(), numberNamed) as ModelProvenance;
}

/** Makes a folder a saved model, whatever else it holds: says where it comes from. */
export async function writeProvenance<Metadata extends OwnFilesMetadata>(folder: string, metadata: Metadata) {
  const provenance = {
    ...metadata,
    versions: { node: process.versions.node, ...metadata.versions },
    savedAt: new Date().toISOString(),
  };
  await writeFile(join(folder, PROVENANCE_FILE), `${JSON.stringify(provenance, namedNumber, 2)}\n`);
  return provenance;
}

export async function readModelFile(dir: string, name: string): Promise<Buffer> {
  try {
    return await readFile(resolve(dir, name));
  } catch (cause) {
    const folder = resolve(dir);
    const missing = existsSync(folder) ? `it has no ${name}` : "there is no such folder";
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? missing : message;
    throw new TunelensError("model-not-found", `There is no saved model in ${folder}: ${reason}.`, { cause });
  }
}

/** The folder; where a process died while it replaced it, the one with the older model, which it had moved out of the way. */
export function wholeFolder(folder: string): string {
  const older = sibling(folder, "older");
  return !existsSync(folder) && existsSync(older) ? older : folder;
}

/** A name beside the folder: renaming works only within one disk. */
export function sibling(folder: string, end: string): string {
  return join(dirname(folder), `.${basename(folder)}-${end}`);
}

/** JSON has neither NaN nor infinities, and a training that went wrong has. */
function namedNumber(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? { number: String(value) } : value;
}

function numberNamed(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { number, ...rest } = value as { number?: unknown };
  const named = typeof number === "string" && /^(NaN|-?Infinity)$/.test(number) && Object.keys(rest).length === 0;
  return named ? Number(number) : value;
}
