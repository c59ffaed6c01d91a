import { describeProbe } from "../format/backend-description.js";
import type { BackendList } from "../protocol/trainer.js";
import { exitCodes } from "./exit-codes.js";

import { toJsonText } from "./json.js";
import { InterruptedError, withTrainer } from "./training-session.js";
import { print, printData, strong } from "./terminal.js";

export interface BackendsOptions {
  readonly node?: string;
  readonly json?: boolean;
}

/** `tunelens backends` */
export async function listBackends({ node, json }: BackendsOptions): Promise<number> {
  try {
    const list = await withTrainer({ node, inspect: undefined }, (trainer) => trainer.probeBackends());
    if (json) printData(toJsonText(list));
    else print(describe(list));
    return exitCodes.done;
  } catch (error) {
    if (error instanceof InterruptedError) return exitCodes.interrupted;
    throw error;
  }
}

function describe({ auto, backends }: BackendList): string {
  const rows = backends.map((probe) => {
    const label = probe.name.padEnd(15);
    return `${probe.usable ? strong(label) : label}${describeProbe(probe)}${probe.name === auto ? "  ← auto" : ""}\n`;
  });
  return `${rows.join("")}\nauto selects ${auto}. To use another one: --backend NAME, or backend: "NAME" in the study.\n`;
}
