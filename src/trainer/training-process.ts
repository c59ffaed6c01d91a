import { createBirpc } from "birpc";
import { ipcChannel } from "../protocol/channel.js";
import type { TrainerEvents, TrainerFunctions } from "../protocol/trainer.js";
import { toWireError } from "./error-location.js";
import { endProcess, forbidProcessExit } from "./process-exit.js";
import { Trainer } from "./trainer.js";
import { startWatchdog } from "../watchdog/watchdog.js";

/** The training process, behind its door: runs the user's code and the study engine, and speaks to its parent over Node's IPC channel. */

// The user's line may be far below the libraries it calls.
Error.stackTraceLimit = 50;
// A process that user code forks would ask for the debugger's port again, which is taken.
process.execArgv = process.execArgv.filter((argument) => !argument.startsWith("--inspect"));

const events: TrainerEvents = {
  studyStarted: (event) => void rpc.studyStarted(event),
  trialStarted: (event) => void rpc.trialStarted(event),
  epoch: (event) => void rpc.epoch(event),
  trialFinished: (event) => void rpc.trialFinished(event),
  sourceLoaded: (source) => void rpc.sourceLoaded(source),
  codeChanged: (files) => void rpc.codeChanged(files),
  log: (event) => void rpc.log(event),
};

const trainer = new Trainer(events);

const rpc = createBirpc<Required<TrainerEvents>, TrainerFunctions>(trainer, {
  ...ipcChannel(process, toWireError),
  bind: "functions",
  eventNames: ["studyStarted", "trialStarted", "epoch", "trialFinished", "sourceLoaded", "codeChanged", "log"],
});

forbidProcessExit((error) => trainer.strayError(error));
startWatchdog(async () => trainer.lastWords());
for (const [signal, code] of [
  ["SIGTERM", 143],
  ["SIGINT", 130],
  ["SIGHUP", 129],
] as const)
  process.once(signal, () => {
    trainer.lastWords();
    void endProcess(code);
  });
