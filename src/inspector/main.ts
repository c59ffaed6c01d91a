import { createBirpc } from "birpc";
import { TunelensError } from "../engine/errors.js";
import { ipcChannel } from "../protocol/channel.js";
import type { InspectorEvents, InspectorFunctions } from "../protocol/inspector.js";
import type { WireError } from "../protocol/wire.js";
import { startWatchdog } from "../watchdog/watchdog.js";
import { Inspector } from "./inspector.js";

/** The inspector process: reads storages for the editor, over Node's IPC channel, and never writes to one. */

const inspector = new Inspector(
  {
    storageChanged: (storage) => void rpc.storageChanged(storage),
    begun: () => void rpc.begun(),
  },
  () => {
    // After the answer.
    setTimeout(() => process.exit(0), 10);
  },
);

const rpc = createBirpc<InspectorEvents, InspectorFunctions>(inspector, {
  ...ipcChannel(process, toWireError),
  bind: "functions",
  eventNames: ["storageChanged", "begun"],
});

// Whatever went wrong, the parent starts another one; and where a storage keeps the process, the watchdog ends it with the parent.
startWatchdog(async () => {
  inspector.close();
  process.exit(0);
});

function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { code: "unknown", message: String(error) };
  const { message, stack } = error;
  return { code: error instanceof TunelensError ? error.code : "unknown", message, ...(stack ? { stack } : {}) };
}
