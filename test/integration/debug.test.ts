import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { childProcesses, click, ended, inWorkspace, lens, open, study, until } from "./editor.js";

interface Stopped {
  readonly session: vscode.DebugSession;
  readonly reason: string;
  readonly threadId: number;
}

interface StackTrace {
  readonly stackFrames: readonly {
    readonly id: number;
    readonly line: number;
    readonly source?: { readonly path?: string };
  }[];
}

/** What the debug adapter tells the editor while `work` runs. */
async function recorded<T>(work: (stops: readonly Stopped[]) => Promise<T>): Promise<T> {
  const stops: Stopped[] = [];
  const tracker = vscode.debug.registerDebugAdapterTrackerFactory("*", {
    createDebugAdapterTracker: (session) => ({
      onDidSendMessage(message: { type: string; event?: string; body?: { reason: string; threadId: number } }) {
        if (message.type === "event" && message.event === "stopped") stops.push({ session, ...message.body! });
      },
    }),
  });
  try {
    return await work(stops);
  } finally {
    tracker.dispose();
  }
}

/** A breakpoint on the line of the study that has a text. @returns the line, from 1. */
function breakAt(document: vscode.TextDocument, text: string, condition?: string): number {
  const line = document
    .getText()
    .split("\n")
    .findIndex((candidate) => candidate.includes(text));
  const location = new vscode.Location(document.uri, new vscode.Position(line, 0));
  vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(location, true, condition)]);
  return line + 1;
}

async function topFrame({ session, threadId }: Stopped): Promise<StackTrace["stackFrames"][number]> {
  const stack = (await session.customRequest("stackTrace", { threadId, levels: 1 })) as StackTrace;
  return stack.stackFrames[0]!;
}

/** A debug session may end before its process has. */
function noTrainer(): Promise<unknown> {
  return until("the end of the process", () => childProcesses().every(({ kind }) => kind !== "trainer"));
}

describe("Debug Study", () => {
  const over: string[] = [];
  const subscription = vscode.debug.onDidTerminateDebugSession(({ name }) => over.push(name));
  let document: vscode.TextDocument;

  beforeEach(async () => {
    over.length = 0;
    document = await openStudy("debugged");
  });

  // A study that a failed test left at its breakpoint would fail all that come after.
  afterEach(async () => {
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    await vscode.debug.stopDebugging();
  });

  after(() => void subscription.dispose());

  async function openStudy(name: string): Promise<vscode.TextDocument> {
    const text = readFileSync(inWorkspace("plain.study.ts"), "utf8").replace('"plain"', `"${name}"`);
    writeFileSync(inWorkspace(`${name}.study.ts`), text);
    return open(`${name}.study.ts`);
  }

  const nothingLeft = async (name = "debugged") => {
    await until("the end of the debug session", () => over.includes(`Study ${name}`));
    await noTrainer();
  };

  it("stops where the file is loaded; Stop Study ends it there, and nothing was tried", async () => {
    const line = breakAt(document, "export default defineStudy");
    await recorded(async (stops) => {
      await vscode.commands.executeCommand("tunelens.debugStudy");
      assert.equal((await topFrame(await until("the breakpoint", () => stops[0]))).line, line);
      await click(await lens(document, /^● .*Stop$/));
      await lens(document, /^▶ Start Study$/);
    });
    await nothingLeft();
    assert.equal(await study("debugged"), undefined);
  });

  it("stops at a breakpoint in the user's own line, and goes on to the study's end", async () => {
    const line = breakAt(document, "return (x - shift)", "trial.number === 1");
    await recorded(async (stops) => {
      await vscode.commands.executeCommand("tunelens.debugStudy");
      const stop = await until("the breakpoint", () => stops[0]);
      assert.equal(stop.reason, "breakpoint");
      const frame = await topFrame(stop);
      assert.equal(frame.line, line);
      // In a remote window the debugger names it by its URI.
      // In the browser it is an address.
      const path = frame.source?.path ?? "";
      const source = path.startsWith("vscode-remote:") ? vscode.Uri.parse(path) : vscode.Uri.file(path);
      assert.equal(source.path, document.uri.path);
      const request = { expression: "trial.number + x - x", frameId: frame.id, context: "watch" };
      assert.equal(((await stop.session.customRequest("evaluate", request)) as { result: string }).result, "1");
      await stop.session.customRequest("continue", { threadId: stop.threadId });
      await nothingLeft();
      assert.equal(stops.length, 1);
    });
    // Debugged in memory.
    assert.equal(await study("debugged"), undefined);
  });

  it("runs one stored trial under the debugger, and stores nothing", async () => {
    const name = "stored";
    const file = await openStudy(name);
    await vscode.commands.executeCommand("tunelens.startStudy");
    const { counts } = await ended(name);
    const { storage } = (await study(name))!;
    breakAt(file, "return (x - shift)");
    await recorded(async (stops) => {
      const folder = inWorkspace(".");
      const target = {
        study: { storage, name },
        folder,
        file: file.uri.fsPath,
        exportName: "default",
        trials: 4,
        trial: 2,
      };
      await vscode.commands.executeCommand("tunelens.debugTrial", target);
      const stop = await until("the breakpoint", () => stops[0]);
      const { id: frameId } = await topFrame(stop);
      const request = { expression: "trial.number", frameId, context: "watch" };
      assert.equal(((await stop.session.customRequest("evaluate", request)) as { result: string }).result, "2");
      await stop.session.customRequest("continue", { threadId: stop.threadId });
      await nothingLeft(name);
      assert.equal(stops.length, 1);
    });
    assert.deepEqual((await study(name))!.counts, counts);
  });

  it("ends with its debug session: the study does not train on", async () => {
    breakAt(document, "return (x - shift)");
    await recorded(async (stops) => {
      await vscode.commands.executeCommand("tunelens.debugStudy");
      const { session } = await until("the breakpoint", () => stops[0]);
      vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
      await vscode.debug.stopDebugging(session.parentSession ?? session);
      await lens(document, /^▶ Start Study$/);
    });
    await noTrainer();
    assert.equal(await study("debugged"), undefined);
  });

  it("keeps its trials where the settings say so", async () => {
    const settings = vscode.workspace.getConfiguration("tunelens");
    await settings.update("debug.keepTrials", true, vscode.ConfigurationTarget.Workspace);
    try {
      await vscode.commands.executeCommand("tunelens.debugStudy");
      assert.equal((await ended("debugged")).counts.COMPLETE, 4);
      await nothingLeft();
    } finally {
      await settings.update("debug.keepTrials", undefined, vscode.ConfigurationTarget.Workspace);
    }
  });
});
