import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { answering, ended, inProject, inWorkspace, lens, open, study, targetOf, tunelens, until } from "./editor.js";

describe("a study that the terminal runs", () => {
  it("is followed by lens and trials as if the editor ran it", async () => {
    const text = readFileSync(inWorkspace("plain.study.ts"), "utf8").replace('"plain"', '"outside"');
    writeFileSync(inWorkspace("outside.study.ts"), text);
    const document = await open("outside.study.ts");
    await lens(document, /^▶ Start Study$/);
    let told = 0;
    const subscription = (await tunelens()).onDidChange(() => told++);
    const exit = once(terminalRun("outside.study.ts"), "exit");
    // Nothing asks the storage here: what comes was noticed.
    await until("news", () => told > 0);
    await lens(document, /^▶ More Trials… \(4\/4\)$/);
    subscription.dispose();
    assert.deepEqual(await exit, [0, null]);
    const { running, counts } = (await study("outside"))!;
    assert.equal(running, null);
    assert.equal(counts.COMPLETE, 4);
  });

  it("is shown as this window's own, and stopped here", async () => {
    writeFileSync(inWorkspace("shown.study.ts"), slowText("shown"));
    const document = await open("shown.study.ts");
    const target = targetOf(await lens(document, /^▶ Start Study$/));
    const exit = once(terminalRun("shown.study.ts"), "exit");
    await lens(document, /^● \d+\/1000 · best .* · Stop$/);
    await vscode.commands.executeCommand("tunelens.stopStudy", target);
    await ended("shown");
    assert.deepEqual(await exit, [130, null]);
  });

  it("elsewhere is shown as running, and started here too only when the question is answered with Join", async () => {
    writeFileSync(inWorkspace("busy.study.ts"), slowText("busy"));
    const document = await open("busy.study.ts");
    const target = targetOf(await lens(document, /^▶ Start Study$/));
    // Its runs are registered in that folder.
    mkdirSync(inWorkspace("elsewhere"));
    const storage = ["--storage", inWorkspace(".tunelens", "studies.db")];
    const child = terminalRun(inWorkspace("busy.study.ts"), { cwd: inWorkspace("elsewhere"), options: storage });
    try {
      await lens(document, /^● \d+\/1000 · best .* · running in another process$/);
      const asked = await answering("Join", async () => {
        await answering(undefined, () => vscode.commands.executeCommand("tunelens.startStudy", target));
        assert.equal((await study("busy"))?.running, null);
        await vscode.commands.executeCommand("tunelens.startStudy", target);
      });
      assert.deepEqual(asked, ["busy is running in another process."]);
      await until("a run of this window", async () => (await study("busy"))?.running);
      await vscode.commands.executeCommand("tunelens.stopStudy", target);
      await ended("busy");
    } finally {
      child.kill("SIGINT");
      await once(child, "exit");
    }
    await lens(document, /^▶ Resume/);
  });
});

describe("a study whose code has changed", () => {
  it("goes on, or gets another name, as the question is answered", async () => {
    const text = readFileSync(inWorkspace("plain.study.ts"), "utf8").replace('"plain"', '"edited"');
    writeFileSync(inWorkspace("edited.study.ts"), text);
    const document = await open("edited.study.ts");
    const start = async () =>
      vscode.commands.executeCommand("tunelens.startStudy", targetOf(await lens(document, /^▶ /)));
    const edit = async (from: string, to: string) => {
      const change = new vscode.WorkspaceEdit();
      const at = document.getText().indexOf(from);
      change.replace(
        document.uri,
        new vscode.Range(document.positionAt(at), document.positionAt(at + from.length)),
        to,
      );
      await vscode.workspace.applyEdit(change);
      await document.save();
    };
    const finished = (name: string, count: number) =>
      until(`${count} trials of ${name}`, async () => {
        const state = await study(name);
        return state?.finished === count && !state.running;
      });
    await start();
    await finished("edited", 4);
    await edit("trials: 4", "trials: 6");
    const goOn = await answering("Resume Anyway", async () => {
      await start();
      await finished("edited", 6);
    });
    assert.deepEqual(goOn, ['The code of study "edited" has changed since its 4 earlier trials: edited.study.ts.']);
    await edit("trials: 6", "trials: 8");
    await answering("New Study", async () => {
      await start();
      await finished("edited-2", 8);
    });
    assert.match(document.getText(), /name: "edited-2"/);
    assert.equal((await study("edited"))?.finished, 6);
  });
});

/** A study of many slow trials. */
function slowText(name: string): string {
  const text = readFileSync(inWorkspace("plain.study.ts"), "utf8").replace('"plain"', `"${name}"`);
  return text.replace("trials: 4", "trials: 1000").replace("setTimeout(20)", "setTimeout(200)");
}

function terminalRun(file: string, { cwd = inWorkspace(), options = [] as readonly string[] } = {}) {
  const cli = inProject("dist", "cli", "main.js");
  return spawn(process.execPath, [cli, "run", file, ...options], {
    cwd,
    env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
  });
}
