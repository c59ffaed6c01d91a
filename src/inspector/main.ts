import { createBirpc } from "birpc";
import { ipcChannel } from "../protocol/channel.js";
import type { InspectorEvents, InspectorFunctions } from "../protocol/inspector.js";
import { startWatchdog } from "../watchdog/watchdog.js";
import { Inspector } from "./inspector.js";
import { toWireError } from "./wire-error.js";

/** The inspector process: reads storages for the editor, over Node's IPC channel, and never writes to one. */

const inspector = new Inspector(
  {
    storageChanged: (storage) => void rpc.storageChanged(storage),
    reading: (storage) => void rpc.reading(storage),
  },
  () => {
    // After the answer.
    setTimeout(() => process.exit(0), 10);
  },
);

const rpc = createBirpc<InspectorEvents, InspectorFunctions>(inspector, {
  ...ipcChannel(process, toWireError),
  bind: "functions",
  eventNames: ["storageChanged", "reading"],
});

// Whatever went wrong, the parent starts another one; and where a storage keeps the process, the watchdog ends it with the parent.
startWatchdog(async () => {
  inspector.close();
  process.exit(0);
});
