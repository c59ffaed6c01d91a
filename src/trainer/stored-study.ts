import type { Storage } from "../engine/storage.js";
import { loadStudy } from "../engine/study/load-study.js";
import type { Study } from "../engine/study/study.js";
import type { StudyListener } from "../engine/study/study-settings.js";
import { readStudySource } from "../protocol/study-source.js";
import type { CallContext } from "./call-context.js";
import type { OpenDefinition } from "./open-definition.js";
import { otherSeed } from "./seeded-loading.js";

/** The study with its trials, to run one of them again: with the seed that the study ran with, which its file need not know. */
export function storedStudy(
  { storage, found, loading }: OpenDefinition,
  listener: StudyListener,
  { events }: CallContext,
): Study {
  const { name, space, seed } = found.definition;
  const study = loadStudy({ storage, name, space, seed: storedSeed(storage, name) ?? seed, listener });
  const drewElsewhere = otherSeed(loading, study.seed);
  if (drewElsewhere) events.log({ level: "warn", message: `Study "${name}": ${drewElsewhere}` });
  return study;
}

function storedSeed(storage: Storage, name: string): number | undefined {
  const id = storage.findStudy(name);
  return (id === undefined ? null : readStudySource(storage.getStudy(id).systemAttrs))?.seed ?? undefined;
}
