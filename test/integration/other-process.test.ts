import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { inWorkspace, lens, open, study, tunelens, until } from "./editor.js";

describe("a study that the terminal runs", () => {
  it("is followed by lens and trials as if the editor ran it", async () => {
    const text = readFileSync(inWorkspace("plain.study.ts"), "utf8").replace('"plain"', '"outside"');
    writeFileSync(inWorkspace("outside.study.ts"), text);
    const document = await open("outside.study.ts");
    await lens(document, /^▶ Start Study$/);
    let told = 0;
    const subscription = (await tunelens()).onDidChange(() => told++);
    const { extensionPath } = vscode.extensions.getExtension("tunelens.tunelens")!;
    const cli = join(extensionPath, "dist", "cli", "main.js");
    const child = spawn(process.execPath, [cli, "run", "outside.study.ts"], {
      cwd: inWorkspace(),
      env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
    });
    const exit = once(child, "exit");
    // Nothing asks the storage here: what comes was noticed.
    await until("news", () => told > 0);
    await lens(document, /^▶ Resume \(4\/4\)$/);
    subscription.dispose();
    assert.deepEqual(await exit, [0, null]);
    const { running, counts } = (await study("outside"))!;
    assert.equal(running, null);
    assert.equal(counts.COMPLETE, 4);
  });
});
