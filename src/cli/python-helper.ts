import { join, resolve } from "node:path";
import { providePythonHelper, PYTHON_HELPER, PYTHON_HELPER_NAME } from "../command/python-helper.js";
import { exitCodes } from "./exit-codes.js";
import { print, printData, shown } from "./terminal.js";

export interface PythonHelperOptions {
  readonly output?: string;
}

/** `tunelens python-helper`. Commands of a study find the module without it. */
export function printPythonHelper(output: string | undefined): number {
  if (output === undefined) printData(PYTHON_HELPER);
  else print(`Wrote ${shown(join(providePythonHelper(resolve(output)), PYTHON_HELPER_NAME))}.\n`);
  return exitCodes.done;
}
