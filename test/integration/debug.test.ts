import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { childProcesses, ended, inWorkspace, open, until } from "./editor.js";

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

describe("Debug Study", () => {
  // A study that a failed test left at its breakpoint would fail all that come after.
  afterEach(async () => {
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    await vscode.debug.stopDebugging();
  });

  it("stops at a breakpoint in the user's own line, and goes on to the study's end", async () => {
    const text = readFileSync(inWorkspace("plain.study.ts"), "utf8").replace('"plain"', '"debugged"');
    writeFileSync(inWorkspace("debugged.study.ts"), text);
    const document = await open("debugged.study.ts");
    const line = document
      .getText()
      .split("\n")
      .findIndex((text) => text.includes("return (x - shift)"));
    const breakpoint = new vscode.SourceBreakpoint(
      new vscode.Location(document.uri, new vscode.Position(line, 0)),
      true,
      // Once is enough.
      "trial.number === 1",
    );
    vscode.debug.addBreakpoints([breakpoint]);
    const over: string[] = [];
    const subscription = vscode.debug.onDidTerminateDebugSession(({ name }) => over.push(name));
    await recorded(async (stops) => {
      await vscode.commands.executeCommand("tunelens.debugStudy");
      const { session, reason, threadId } = await until("the breakpoint", () => stops[0]);
      assert.equal(reason, "breakpoint");
      const stack = (await session.customRequest("stackTrace", { threadId, levels: 1 })) as StackTrace;
      const [frame] = stack.stackFrames;
      assert.equal(frame!.line, line + 1);
      // In a remote window the debugger names it by its URI.
      assert.ok(frame!.source?.path?.endsWith(document.uri.path), frame!.source?.path);
      const request = { expression: "trial.number + x - x", frameId: frame!.id, context: "watch" };
      assert.equal(((await session.customRequest("evaluate", request)) as { result: string }).result, "1");
      vscode.debug.removeBreakpoints([breakpoint]);
      await session.customRequest("continue", { threadId });
      assert.equal((await ended("debugged")).counts.COMPLETE, 4);
      assert.equal(stops.length, 1);
    });
    await until("the end of the debug session", () => over.includes("Study debugged"));
    assert.deepEqual(
      childProcesses().filter(({ kind }) => kind === "trainer"),
      [],
    );
    subscription.dispose();
  });
});
