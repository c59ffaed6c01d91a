import type { StudyDefinition } from "../engine/study/define-study.js";
import { DEFAULT_STORAGE, type FreezeRequest, type LearnRequest } from "../protocol/trainer.js";
import type { BackendRequest } from "./backend-choice.js";

/** The fields that `run` and `retrain` share. */
export interface DefinitionRequest extends BackendRequest {
  readonly study?: string;
  readonly storage?: string;
  readonly defaultStorage?: string;
  readonly freeze?: FreezeRequest;
  readonly learnFrom?: LearnRequest;
  readonly trials?: number;
  readonly joins?: boolean;
  /** Instead of the study's. */
  readonly seed?: number;
}

/** The storage of a definition's study. */
export function storageUrlOf({ storage }: StudyDefinition, request: DefinitionRequest): string {
  return request.storage ?? storage ?? request.defaultStorage ?? DEFAULT_STORAGE;
}
