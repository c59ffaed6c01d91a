import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { childProcesses, eventually, inWorkspace, lens, open, targetOf, until } from "./editor.js";

/** Its file comes last in the alphabet: the window ends while the study runs. run.ts looks whether the processes end with it. */
describe("the end of the window", () => {
  it("finds a study in the middle of a trial", async () => {
    const text = `import { writeFileSync } from "node:fs";
import { defineStudy } from "tunelens";

export default defineStudy({
  name: "left-running",
  objective: async () => {
    writeFileSync("left-running.pid", String(process.pid));
    await new Promise((resolve) => setTimeout(resolve, 3_600_000));
    return 1;
  },
});
`;
    writeFileSync(inWorkspace("left-running.study.ts"), text);
    const settings = vscode.workspace.getConfiguration("tunelens");
    await settings.update("onWindowClose", "stop", vscode.ConfigurationTarget.Workspace);
    const target = targetOf(await lens(await open("left-running.study.ts"), /^▶ Start Study$/));
    await vscode.commands.executeCommand("tunelens.startStudy", target);
    await until("the process", () => existsSync(inWorkspace("left-running.pid")));
    await eventually(() => {
      const own = childProcesses();
      assert.deepEqual(own.map(({ kind }) => kind).sort(), ["inspector", "supervisor", "trainer"]);
      writeFileSync(inWorkspace("own.pid"), own.map(({ pid }) => pid).join(" "));
    });
  });
});
