import { describeAuto, describeProbe } from "../format/backend-description.js";
import type { BackendList, InstallBackendRequest } from "../protocol/trainer.js";
import { commandName } from "./command-line.js";
import { exitCodes } from "./exit-codes.js";
import { toJsonText } from "./json.js";
import { withTrainer } from "./training-session.js";
import { print, printData, strong } from "./terminal.js";

export interface BackendsOptions {
  readonly node?: string;
  readonly json?: boolean;
}

/** `tunelens backends` */
export async function listBackends({ node, json }: BackendsOptions): Promise<number> {
  const list = await withTrainer({ node, inspect: undefined }, (trainer) => trainer.probeBackends());
  if (json) printData(toJsonText(list));
  else print(describe(list));
  return exitCodes.done;
}

export interface InstallOptions {
  readonly gpu?: boolean;
  readonly python?: string;
  readonly node?: string;
}

/** `tunelens install` */
export async function installBackend({ gpu, python, node }: InstallOptions): Promise<number> {
  const request: InstallBackendRequest = {
    backend: gpu ? "tfjs-node-gpu" : "tfjs-node",
    ...(python === undefined ? {} : { python }),
  };
  const info = await withTrainer({ node, inspect: undefined }, (trainer) => trainer.installBackend(request));
  print(`Installed ${request.backend}: it trains on ${info.device}.\n`);
  return exitCodes.done;
}

function describe(list: BackendList): string {
  const { auto, backends } = list;
  const rows = backends.map((probe) => {
    const label = probe.name.padEnd(15);
    return `${probe.usable ? strong(label) : label}${describeProbe(probe)}${probe.name === auto ? "  ← auto" : ""}\n`;
  });
  const canBuild = backends.some((probe) => !probe.usable && probe.canBuild);
  const install = `${commandName()} install tfjs-node`;
  const build = canBuild
    ? `To build tfjs-node against the TensorFlow of your Python: ${install}. With CUDA: ${install} --gpu\n`
    : "";
  return `${rows.join("")}\nauto selects ${describeAuto(list)}. To use another one: --backend NAME, or backend: "NAME" in the study.\n${build}`;
}
