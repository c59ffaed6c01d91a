import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { TunelensError } from "../engine/errors.js";
import type { Study } from "../engine/study/study.js";
import { readStudySource } from "../protocol/study-source.js";
import { fixedStudy } from "../source/fixed-study.js";
import { dialectOf } from "../source/dialect.js";
import { exitCodes } from "./exit-codes.js";
import { findStudy, withReadOnlyStorage } from "./study-report.js";
import { printData } from "./terminal.js";

export interface CodeOptions {
  readonly storage: string;
  readonly trial?: number;
  readonly file?: string;
}

/** `tunelens code [STUDY]` */
export function showCode(name: string | undefined, { storage, trial: number, file }: CodeOptions): number {
  return withReadOnlyStorage(storage, (opened) => {
    const study = findStudy(opened, name);
    const trial = number === undefined ? study.bestTrial : study.findTrial(number);
    const source = readStudySource(opened.getStudy(study.id).systemAttrs);
    const path = resolve(file ?? source?.file ?? noSource(study));
    const code = fixedStudy(readSource(path), dialectOf(path), {
      study: study.name,
      exportName: source?.exportName ?? null,
      number: trial.number,
      values: trial.values,
      endedAt: trial.datetimeComplete?.getTime() ?? null,
      params: trial.params,
      paramNames: study.trials.flatMap(({ params }) => Object.keys(params)),
    });
    if (code === null) throw new TunelensError("study-not-in-file", `${path} does not define study "${study.name}".`);
    printData(code);
    return exitCodes.done;
  });
}

function noSource({ name }: Study): never {
  const message = `Study "${name}" was not started by Tunelens, so its code is unknown. Name its file with --file.`;
  throw new TunelensError("no-source", message);
}

function readSource(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const reason = (cause as Error).message;
    const message = `Cannot read the study file: ${reason}. Go to the folder that the study was started in, or name the file with --file.`;
    throw new TunelensError("study-file-not-found", message, { cause });
  }
}
