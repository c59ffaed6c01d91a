import { NotFoundError, TunelensError } from "../engine/errors.js";
import { withoutFrozen } from "../engine/study/follow-up.js";
import { paramImportances, type ImportanceEvaluator, type ParamImportance } from "../engine/importance/importance.js";
import type { Storage } from "../engine/storage.js";
import { loadStudy } from "../engine/study/load-study.js";
import type { Study } from "../engine/study/study.js";
import { openStorage } from "../storage/open.js";
import { SqliteStorage } from "../storage/sqlite/sqlite-storage.js";
import type { BestTrial } from "../protocol/trainer.js";
import { commandName, quoted } from "./command-line.js";
import { formatParam } from "../format/numbers.js";
import { formatTable, shareBar } from "./format.js";
import { printError, shown } from "./terminal.js";

/** Opens a storage read-only, and closes it afterwards. @param look must not keep its argument. */
export function withReadOnlyStorage<Result>(storage: string, look: (storage: Storage) => Result): Result {
  const opened = openStorage(storage, { readOnly: true });
  try {
    if (opened instanceof SqliteStorage && opened.olderLibrary !== null)
      printError(
        `${storage} was written by Optuna ${opened.olderLibrary} and is read-only. To make a copy to resume: ` +
          `${commandName()} migrate ${quoted(storage)}\n`,
      );
    return look(opened);
  } finally {
    opened.close();
  }
}

/** The study with this name, or the only one. @throws NotFoundError, TunelensError code `several-studies` */
export function findStudy(storage: Storage, name: string | undefined): Study {
  if (name !== undefined) return loadStudy({ storage, name });
  const names = storage.getStudies().map((study) => study.name);
  if (names.length === 1) return loadStudy({ storage, name: names[0]! });
  if (names.length === 0) throw new NotFoundError("study-not-found", `${storage.url} has no studies.`);
  const all = names.map((study) => `"${shown(study)}"`).join(", ");
  throw new TunelensError("several-studies", `${storage.url} has several studies: ${all}. Name one of them.`);
}

/** Empty if there are too few trials, or several objectives and an evaluator that supports only one. */
export function importancesOf(study: Study, evaluator: ImportanceEvaluator): readonly ParamImportance[] {
  const complete = study.getTrials(["COMPLETE"]);
  if (complete.length < 2 || (study.directions.length > 1 && evaluator !== "ped-anova")) return [];
  const free = withoutFrozen(complete, study.storage.getStudy(study.id).systemAttrs);
  return paramImportances(free, { directions: study.directions, evaluator, intervals: true });
}

/** The best parameters, the most important first; empty where there are none. */
export function formatBest(params: BestTrial["params"], importances: readonly ParamImportance[]): string {
  if (Object.keys(params).length === 0) return "";
  const byName = new Map(importances.map((param) => [param.name, param]));
  const share = (name: string) => byName.get(name)?.importance ?? -1;
  const names = Object.keys(params).sort((a, b) => share(b) - share(a));
  const rows = names.map((name) => [name, formatParam(params[name]), formatShare(byName.get(name))]);
  return formatTable(["Parameter", "Best", "Importance"], rows, [1]);
}

export function formatImportances(importances: readonly ParamImportance[]): string {
  const rows = importances.map((param) => [param.name, formatShare(param)]);
  return formatTable(["Parameter", "Importance"], rows, []);
}

/** With its 90% interval: a wide one means that the importance is still uncertain. */
function formatShare(param: ParamImportance | undefined): string {
  if (param === undefined) return "";
  const { importance, interval } = param;
  const range = interval ? ` (${interval.map((end) => (end * 100).toFixed(0)).join("–")})` : "";
  return `${shareBar(importance)} ${(importance * 100).toFixed(1).padStart(5)}%${range}`;
}
