import { isRecord } from "./own-value.js";

/** What a training step of a study takes on a backend, on this machine. A type, so that it can be stored as JSON. */
export type StepTime = {
  readonly backend: string;
  readonly ms: number;
  /** How many processes would train on it at once, each taking so long. */
  readonly processes: number;
};

/** @returns the times in what a study has stored of its backend; empty if there are none. */
export function readStepTimes(stored: unknown): StepTime[] {
  if (!Array.isArray(stored)) return [];
  return (stored as readonly unknown[]).flatMap((time) => {
    if (!isRecord(time)) return [];
    const { backend, ms, processes } = time;
    const isTime = typeof backend === "string" && typeof ms === "number" && typeof processes === "number";
    return isTime ? [{ backend, ms, processes }] : [];
  });
}
