import { readFileSync } from "node:fs";
import { InvalidArgumentError } from "../engine/errors.js";
import { type BackendChoice, backendNames, isBackendChoice } from "../engine/training-backend.js";
import type { BackendDescription } from "../tensorflow/backends/backend.js";
import { type CallContext, unlessStopped } from "./call-context.js";
import { tensorFlowImported } from "./module-resolution.js";

/** What a request says of backends. */
export interface BackendRequest {
  readonly file: string;
  /** Instead of what the study says. */
  readonly backend?: string;
  /** Where the study is silent. */
  readonly defaultBackend?: string;
  /** Whether another process of the same run has tried it already. */
  readonly joins?: boolean;
}

/** What was set up before the study file was loaded, and under which name; nothing where the file does not mention TensorFlow.js. */
export interface EarlyBackend {
  readonly name?: BackendChoice;
  readonly active?: BackendDescription;
}

/**
 * The tensors that a file makes while it loads should be where it trains. Where its study may say where that is, they are made by plain
 * JavaScript, from which every backend takes them over.
 * @throws InvalidArgumentError for a name that is none.
 */
export async function backendBeforeLoading(request: BackendRequest, context: CallContext): Promise<EarlyBackend> {
  const asked = checked(request.backend);
  const otherwise = checked(request.defaultBackend) ?? "auto";
  const text = textOf(request.file);
  if (!/["'](?:@tensorflow\/|tunelens\/training["'])/.test(text)) return {};
  const studyMaySay = /\bbackend\b/.test(text);
  const name = asked ?? (studyMaySay ? "cpu" : otherwise);
  const active = (await activeBackend()) ?? (await startBackend(name, request, context));
  return { name, active };
}

/** What trains; null where the user's code does not import TensorFlow.js. */
export interface ChosenBackend {
  readonly backend: BackendDescription | null;
  /** Nobody has named it: `auto` chose it. */
  readonly isAutomatic: boolean;
}

/**
 * What trains, when the file is loaded. In order: what the file made active itself (`useBackend`), what the request asks for, what the study
 * says, the request's default, `auto`.
 */
export async function backendAfterLoading(
  early: EarlyBackend,
  ofStudy: BackendChoice | undefined,
  request: BackendRequest,
  context: CallContext,
): Promise<ChosenBackend> {
  if (!tensorFlowImported()) return { backend: null, isAutomatic: false };
  const active = await activeBackend();
  if (active && active !== early.active) return { backend: active, isAutomatic: false };
  const name = checked(request.backend) ?? ofStudy ?? checked(request.defaultBackend) ?? "auto";
  const backend = early.active && name === early.name ? early.active : await startBackend(name, request, context);
  return { backend, isAutomatic: name === "auto" };
}

/** Leaves to the other processes of a study their part of the cores. @returns what trains now */
export async function shareCores(
  backend: BackendDescription | null,
  processes: number,
): Promise<BackendDescription | null> {
  if (backend === null) return null;
  const active = (await import("../tensorflow/backends/use-backend.js")).shareCores(processes);
  return active ? { ...backend, device: active.device } : backend;
}

/**
 * Makes a backend the active one.
 * @throws BackendUnavailableError
 */
export async function startBackend(
  name: BackendChoice,
  { joins = false }: BackendRequest,
  { cwd, signal, events }: CallContext,
): Promise<BackendDescription> {
  const { useBackend } = await import("../tensorflow/backends/use-backend.js");
  // What `auto` does by itself: a native part that crashes or hangs does so elsewhere, and there is somebody to say so.
  if (name !== "auto" && !joins) {
    const { checkIsolated } = await import("../tensorflow/backends/isolated-probe.js");
    await unlessStopped(signal, checkIsolated(name, { workspace: cwd }));
  }
  const onPassedBy = (passedBy: string, reason: string) =>
    events.log({
      level: "warn",
      message: `The training backend "${passedBy}" is installed but not available: ${reason}`,
    });
  return unlessStopped(signal, useBackend(name, { workspace: cwd, onPassedBy }));
}

async function activeBackend(): Promise<BackendDescription | undefined> {
  return (await import("../tensorflow/backends/use-backend.js")).activeBackend();
}

function checked(name: string | undefined): BackendChoice | undefined {
  if (name === undefined || isBackendChoice(name)) return name;
  throw new InvalidArgumentError(`"${name}" is not a training backend. Use one of: auto, ${backendNames.join(", ")}.`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // Loading it will say what is wrong.
  }
}
