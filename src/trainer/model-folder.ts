import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { MODELS_FOLDER } from "../protocol/saved-model.js";
import type { RetrainRequest } from "../protocol/trainer.js";

/** Where a retrained model goes, or a folder of versions for it; relative paths start in `cwd`. */
export function modelFolder({ output }: Pick<RetrainRequest, "output">, cwd: string, study: string, trial: number) {
  return output === undefined ? join(studyModelsFolder(cwd, study), `trial-${trial}`) : resolve(cwd, output);
}

/** Where the models of all trials of a study are. */
export function studyModelsFolder(cwd: string, study: string): string {
  return resolve(cwd, MODELS_FOLDER, folderName(study));
}

/** Windows keeps these for devices. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const LONGEST_NAME = 60;

/** What people may call a study, a file system may refuse: such a name is changed, and told from others by its hash. */
export function folderName(study: string): string {
  const plain = study.replaceAll(/[^\p{L}\p{N} ._-]+/gu, "-").replace(/^[. ]+|[. ]+$/g, "");
  const fits = plain !== "" && plain.length <= LONGEST_NAME && !DEVICE.test(plain);
  if (fits && plain === study) return plain;
  const hash = createHash("sha256").update(study).digest("hex").slice(0, 8);
  return `${[...plain].slice(0, LONGEST_NAME).join("")}-${hash}`;
}
