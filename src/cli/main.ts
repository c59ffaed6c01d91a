#!/usr/bin/env node
import { isNewEnough, OLDEST_NODE } from "../supervisor/runtime.js";

// Whoever read the output has seen enough, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(1);
});

// Everything else is loaded after this: an old Node would fail in the middle of it, SQLite by ending the process.
if (isNewEnough(process.versions.node)) {
  const { runProgram } = await import("./program.js");
  process.exitCode = await runProgram(process.argv);
} else {
  process.stderr.write(
    `tunelens needs Node.js ${OLDEST_NODE} or newer; this is ${process.version} (${process.execPath}).\n`,
  );
  process.exitCode = 1;
}
