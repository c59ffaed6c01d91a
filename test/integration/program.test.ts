import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { click, ended, inWorkspace, isAlive, lens, open, study, targetOf, trials, until } from "./editor.js";

const STUDY = `import { command, defineStudy, float } from "tunelens";

export default defineStudy({
  name: "program",
  space: { x: float(0, 1) },
  trials: 3,
  epochs: { study: 2, retrain: 3 },
  seed: 1,
  objective: command([process.execPath, "program.mjs"], { report: "loss" }),
});
`;

/** Its second trial goes on while the file "hold" is there. */
const PROGRAM = `import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { TUNELENS_PARAM_x, TUNELENS_EPOCHS, TUNELENS_TRIAL, TUNELENS_TRIAL_DIR, TUNELENS_PURPOSE } = process.env;
for (let epoch = 0; epoch < Number(TUNELENS_EPOCHS); epoch++) console.log(\`epoch=\${epoch} loss=\${Number(TUNELENS_PARAM_x) + 1 / (epoch + 1)}\`);
if (TUNELENS_TRIAL === "1" && existsSync("hold")) {
  writeFileSync("hold", String(process.pid));
  setInterval(() => {}, 1_000);
}
if (TUNELENS_PURPOSE === "retrain") writeFileSync(join(TUNELENS_TRIAL_DIR, "weights.txt"), TUNELENS_EPOCHS);
`;

/** The text of the output channel, once it has been shown. */
async function output(): Promise<string> {
  await vscode.commands.executeCommand("tunelens.showOutput");
  const shown = await until("the output", () =>
    vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "output" && uri.path.includes("Tunelens")),
  );
  return shown.getText();
}

/** What Tunelens says in a notification while something is done. */
async function toldDuring(work: () => Thenable<unknown>): Promise<string> {
  const told: string[] = [];
  const original = vscode.window.showInformationMessage;
  Object.assign(vscode.window, { showInformationMessage: async (message: string) => void told.push(message) });
  try {
    await work();
  } finally {
    Object.assign(vscode.window, { showInformationMessage: original });
  }
  return told.join("\n").replaceAll("\u2060", "");
}

describe("a study of a program", () => {
  it("runs from its lens, stops with its program, resumes, and keeps what the retrained program writes", async () => {
    writeFileSync(inWorkspace("program.study.ts"), STUDY);
    writeFileSync(inWorkspace("program.mjs"), PROGRAM);
    writeFileSync(inWorkspace("hold"), "");
    const document = await open("program.study.ts");
    await click(await lens(document, /^▶ Start Study$/));
    const pid = await until("the second trial's program", () => Number(readFileSync(inWorkspace("hold"), "utf8")));
    await lens(document, /^● 1\/3 · best \d\.\d+ · Stop$/);
    await click(await lens(document, /^Dashboard$/));
    await until("the dashboard", () =>
      vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ label }) => label === "program")),
    );
    await until("the program's output", async () => /epoch=1 loss=\d/.test(await output()));
    await until("the second trial's epochs", async () => (await trials("program"))[1]?.lastStep === 1);
    await open("program.study.ts");
    await click(await lens(document, /Stop$/));
    await ended("program");
    assert.equal(isAlive(pid), false);
    assert.deepEqual(
      (await trials("program")).map(({ state, lastStep }) => [state, lastStep]),
      [
        ["COMPLETE", 1],
        ["FAIL", 1],
      ],
    );
    rmSync(inWorkspace("hold"));
    await click(await lens(document, /^▶ Resume \(1\/3, stopped\)$/));
    await lens(document, /^▶ More Trials… \(3\/3\)$/);
    const { best } = (await study("program"))!;
    await click(await lens(document, /^★ Retrain Best/));
    const folder = inWorkspace(".tunelens", "models", "program", `trial-${best!.number}`, "v1");
    await until("the model", () => existsSync(`${folder}/tunelens.json`));
    await ended("program");
    assert.deepEqual(readdirSync(folder).sort(), ["tunelens.json", "weights.txt"]);
    assert.equal(readFileSync(`${folder}/weights.txt`, "utf8"), "3");
    // Only the program can load it.
    const target = targetOf(await lens(document, /^▶ More Trials…/));
    const told = await toldDuring(() => vscode.commands.executeCommand("tunelens.continueTraining", target));
    assert.match(told, /^Only the code or program of program can load its models\. To train longer, retrain a trial/);
  });
});
