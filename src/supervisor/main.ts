import { canOpenFiles, TOO_MANY_OPEN_FILES_MESSAGE } from "../open-files.js";

/** The run process's door: all else is loaded where enough files can be opened for it. Whoever starts it knows the reason by this line. */
if (canOpenFiles()) await import("./run-process.js");
else {
  process.stderr.write(`${TOO_MANY_OPEN_FILES_MESSAGE}\n`);
  process.exitCode = 1;
  process.disconnect?.();
}
