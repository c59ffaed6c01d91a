#!/usr/bin/env node
import { writeSync } from "node:fs";
import { canOpenFiles, isTooManyOpenFiles, TOO_MANY_OPEN_FILES_MESSAGE } from "../open-files.js";

// All else is loaded after it is known that it can be: an old Node would fail in the middle of it, SQLite by ending the process.
process.exitCode = canOpenFiles() ? await start() : refuseForFiles();

async function start(): Promise<number> {
  try {
    const { endWithReader, printError } = await import("./terminal.js");
    endWithReader();
    const { isNewEnough, OLDEST_NODE } = await import("../supervisor/node-runtime.js");
    if (isNewEnough(process.versions.node)) {
      const { runProgram } = await import("./program.js");
      return await runProgram(process.argv);
    }
    printError(`tunelens needs Node.js ${OLDEST_NODE} or newer; this is ${process.version} (${process.execPath}).\n`);
    return 1;
  } catch (error) {
    if (isTooManyOpenFiles(error)) return refuseForFiles();
    throw error;
  }
}

/** Where not even the module that prints can be loaded. */
function refuseForFiles(): number {
  writeSync(2, `Error: ${TOO_MANY_OPEN_FILES_MESSAGE}\n`);
  return 1;
}
