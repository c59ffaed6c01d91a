#!/usr/bin/env node
import { isNewEnough, OLDEST_NODE } from "../supervisor/runtime.js";
import { endWithReader, printError } from "./terminal.js";

endWithReader();

// Everything else is loaded after this: an old Node would fail in the middle of it, SQLite by ending the process.
if (isNewEnough(process.versions.node)) {
  const { runProgram } = await import("./program.js");
  process.exitCode = await runProgram(process.argv);
} else {
  printError(`tunelens needs Node.js ${OLDEST_NODE} or newer; this is ${process.version} (${process.execPath}).\n`);
  process.exitCode = 1;
}
