import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { click, inWorkspace, lens, lensTitles, open, until } from "./editor.js";

describe("Tune This Script…", () => {
  it("stands above a script's options, and opens the study that it writes beside it", async () => {
    const script =
      'import { parseArgs } from "node:util";\n\nparseArgs({ options: { lr: { type: "string", default: "0.1" } } });\n';
    writeFileSync(inWorkspace("tuned.mjs"), script);
    await click(await lens(await open("tuned.mjs"), /^Tune This Script…$/, 3));
    const document = await until("the study is open", () => {
      const shown = vscode.window.activeTextEditor?.document;
      return shown?.fileName.endsWith("tuned.study.ts") ? shown : undefined;
    });
    assert.match(document.getText(), /command\(\s*"node tuned\.mjs --lr \{lr\}"/);
    await lens(document, /Start Study/);
    // A second time, nothing is overwritten.
    writeFileSync(inWorkspace("tuned.study.ts"), "mine");
    await vscode.commands.executeCommand("tunelens.tuneScript", vscode.Uri.file(inWorkspace("tuned.mjs")));
    assert.equal(readFileSync(inWorkspace("tuned.study.ts"), "utf8"), "mine");
  });

  it("does not stand above a script without options", async () => {
    writeFileSync(inWorkspace("plain.py"), "print('parser.add_argument')\n");
    assert.deepEqual(await lensTitles(await open("plain.py")), []);
  });
});
