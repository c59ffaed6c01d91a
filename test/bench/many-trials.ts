import { openStorage } from "../../src/storage/open.js";
import { madeUpView } from "../e2e/dashboard-harness/made-up-study.js";

export const MANY_TRIALS = "many";

/** Writes a database with one study of that name, which has so many trials. */
export function storeManyTrials(path: string, trials: number): void {
  const { study, trials: made } = madeUpView({ trials, goal: trials });
  const storage = openStorage(path);
  storage.createStudy(MANY_TRIALS, ["minimize"], { userAttrs: {}, systemAttrs: study.systemAttrs, trials: made });
  storage.close();
}
