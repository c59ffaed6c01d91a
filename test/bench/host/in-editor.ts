/** Runs in the extension host of a window that has just opened: how long Tunelens holds it at a stretch, so that it answers nobody. */
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import * as vscode from "vscode";
import type { TunelensApi } from "../../../src/extension/api.js";
import { pause, until } from "../../wait.js";
import { startLensOf } from "../start-lens.js";
import { longestOwnStretch } from "./own-stretches.js";

/** The longest time in milliseconds, by what happened meanwhile. */
export type Held = Readonly<Record<string, number>>;

/** What the page asks for after it is shown, and what else comes late. */
const SETTLING_MS = 6_000;
const SAMPLING_US = 200;

export async function run(): Promise<void> {
  const { TUNELENS_BENCH_STUDY: study, TUNELENS_BENCH_RESULT: result } = process.env;
  const held: Record<string, number> = {};
  const extension = vscode.extensions.getExtension<TunelensApi>("tunelens.tunelens")!;
  const longest = (work: () => Promise<void>) => profiled(extension.extensionPath, work);
  held["activation"] = await longest(async () => void (await extension.activate()));
  const [folder] = vscode.workspace.workspaceFolders!;
  const inWorkspace = (name: string) => vscode.Uri.joinPath(folder!.uri, name);
  held["the sidebar and the dashboard open"] = await longest(async () => {
    await vscode.commands.executeCommand("tunelens.trials.focus");
    await vscode.commands.executeCommand("tunelens.openDatabase", inWorkspace("many.db"));
    await until("the study", async () => (await extension.exports.studies()).some(({ name }) => name === study), 60);
    await settle();
  });
  held["everything is refreshed"] = await longest(async () => {
    await vscode.commands.executeCommand("tunelens.refresh");
    await settle();
  });
  held["a study runs, 10 ms a trial"] = await longest(() => runStudy(inWorkspace("fast.study.ts")));
  writeFileSync(result!, JSON.stringify(held));
}

async function profiled(folder: string, work: () => Promise<void>): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: SAMPLING_US });
  await session.post("Profiler.start");
  await work();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  return longestOwnStretch(profile, folder);
}

function settle(): Promise<void> {
  return pause(SETTLING_MS, "nothing tells when the page has all it asks for");
}

async function runStudy(file: vscode.Uri): Promise<void> {
  const { command, arguments: args = [] } = await startLensOf(file);
  await vscode.commands.executeCommand(command, ...(args as unknown[]));
}
