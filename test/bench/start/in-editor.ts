/** Runs in the extension host of a window that has just opened: what its user waits for. */
import { writeFileSync } from "node:fs";
import * as vscode from "vscode";
import type { TunelensApi } from "../../../src/extension/api.js";
import { until } from "../../wait.js";
import { startLensOf } from "../start-lens.js";

/** In milliseconds. */
export interface Waited {
  readonly activation: number;
  /** Of the extension host meanwhile: what does not depend on what else the machine does. */
  readonly activationCpu: number;
  /** From the opening of the file, with the activation. */
  readonly lens: number;
  /** From the click on the lens. */
  readonly epoch?: number;
}

export async function run(): Promise<void> {
  const { TUNELENS_BENCH_EXTENSION: id, TUNELENS_BENCH_RESULT: result } = process.env;
  const extension = vscode.extensions.getExtension<TunelensApi | undefined>(id!)!;
  if (extension.isActive) throw new Error(`${id} was active before a file was opened.`);
  const [opened, before] = [performance.now(), process.cpuUsage()];
  const api = await extension.activate();
  const activation = performance.now() - opened;
  const { user, system } = process.cpuUsage(before);
  const [folder] = vscode.workspace.workspaceFolders!;
  const lens = await startLensOf(vscode.Uri.joinPath(folder!.uri, "digits.study.ts"));
  const waited = { activation, activationCpu: (user + system) / 1_000, lens: performance.now() - opened };
  writeFileSync(result!, JSON.stringify(api ? { ...waited, epoch: await firstEpoch(api, lens) } : waited));
}

async function firstEpoch(api: TunelensApi, { command, arguments: args = [] }: vscode.Command): Promise<number> {
  const clicked = performance.now();
  const run = vscode.commands.executeCommand(command, ...(args as unknown[]));
  await until("the first epoch", async () =>
    (await api.studies()).some(({ running, finished }) => (running?.progress.length ?? 0) + finished > 0),
  );
  const waited = performance.now() - clicked;
  await vscode.commands.executeCommand("tunelens.stopStudy", ...(args as unknown[]));
  await run;
  return waited;
}
