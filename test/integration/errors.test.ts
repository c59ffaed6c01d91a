import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import * as vscode from "vscode";
import {
  ended,
  inProject,
  inWorkspace,
  isAlive,
  lens,
  open,
  study,
  targetOf,
  trials,
  tunelens,
  until,
} from "./editor.js";

/** Starts the study on a line, and waits for why it failed. */
async function failureOf(file: string, line: number, command = "tunelens.startStudy"): Promise<string> {
  const target = targetOf(await lens(await open(file), /^▶/, line));
  await vscode.commands.executeCommand(command, target);
  const api = await tunelens();
  return until("the failure", () => api.lastError(target.study));
}

describe("what goes wrong around the user's code", () => {
  it("a Node.js that is not there is told with its path; no debugger waits for it", async () => {
    const configuration = vscode.workspace.getConfiguration("tunelens");
    await configuration.update("nodePath", "/no/such/node", vscode.ConfigurationTarget.Workspace);
    try {
      const text = readFileSync(inWorkspace("plain.study.ts"), "utf8").replace('"plain"', '"no-node"');
      writeFileSync(inWorkspace("no-node.study.ts"), text);
      assert.match(
        await failureOf("no-node.study.ts", 5),
        /Cannot find Node\.js.*\n.*\/no\/such\/node: does not exist/,
      );
      assert.match(await failureOf("no-node.study.ts", 5, "tunelens.debugStudy"), /\/no\/such\/node: does not exist/);
    } finally {
      await configuration.update("nodePath", undefined, vscode.ConfigurationTarget.Workspace);
    }
  });

  it("a database that is none is told with its name, and left as it is", async () => {
    const text = readFileSync(inWorkspace("plain.study.ts"), "utf8");
    const notes = "these are no trials ".repeat(100);
    writeFileSync(inWorkspace("notes.db"), notes);
    writeFileSync(
      inWorkspace("notes.study.ts"),
      text.replace('name: "plain"', 'name: "notes", storage: "sqlite:///notes.db"'),
    );
    assert.match(await failureOf("notes.study.ts", 5), /notes\.db/);
    assert.equal(readFileSync(inWorkspace("notes.db"), "utf8"), notes);
  });

  it("a database of an older Optuna is looked at, not written to, and goes on in a migrated copy", async () => {
    const older = readFileSync(inProject("test", "fixtures", "optuna", "older", "v2.6.0.a.db"));
    writeFileSync(inWorkspace("old.db"), older);
    const text = readFileSync(inWorkspace("plain.study.ts"), "utf8");
    const named = (storage: string) => text.replace('name: "plain"', `name: "again", storage: "sqlite:///${storage}"`);
    writeFileSync(inWorkspace("again.study.ts"), named("old.db"));
    assert.match(await failureOf("again.study.ts", 5), /old\.db was written by Optuna 2\.10\.1 and is read-only/);
    const seen = (await study("second"))!;
    assert.deepEqual([seen.olderLibrary, seen.counts.COMPLETE], ["2.10.1", 1]);

    const argument = { study: seen, folder: inWorkspace() };
    await vscode.commands.executeCommand("tunelens.migrateCopy", argument);
    const copies = (await (await tunelens()).studies()).filter(({ storage }) => storage.endsWith("/old.optuna5.db"));
    assert.deepEqual(
      copies.map(({ name, olderLibrary }) => [name, olderLibrary]),
      [
        ["older ✓", null],
        ["second", null],
      ],
    );
    assert.ok(readFileSync(inWorkspace("old.db")).equals(older));
  });
});

describe("what goes wrong in the user's code", () => {
  it("a syntax error is told with its file and line, and the lens stays to try again", async () => {
    const text = readFileSync(inWorkspace("plain.study.ts"), "utf8").replace("seed: 1,", "seed: = 1,");
    writeFileSync(inWorkspace("syntax.study.ts"), text.replace('"plain"', '"syntax"'));
    assert.match(await failureOf("syntax.study.ts", 5), /^Syntax error in syntax\.study\.ts:10:\d+: Unexpected "="/);
    await lens(await open("syntax.study.ts"), /^▶ Start Study$/, 5);
    assert.equal(await study("syntax"), undefined);
  });

  it("two studies of one name are told with both places, and neither runs", async () => {
    const one = 'defineStudy({ name: "twin", objective: () => 1 });';
    const text = `import { defineStudy } from "tunelens";\nexport const a = ${one}\nexport const b = ${one}\n`;
    writeFileSync(inWorkspace("twins.study.ts"), text);
    const message = await failureOf("twins.study.ts", 3);
    assert.match(message, /twins\.study\.ts defines two studies named "twin".*line 2.*line 3/);
    assert.equal(await study("twin"), undefined);
  });

  it("a trial that throws has failed with its reason", async () => {
    const message = await failureOf("misbehaving.study.ts", 6);
    assert.match(message, /the first one fails/);
    const [first] = await trials("throwing");
    assert.equal(first!.state, "FAIL");
    assert.match(first!.failReason!, /the first one fails/);
    assert.match(first!.failReason!, /misbehaving\.study\.ts:11/);
  });

  it("an objective that never returns is ended by the ladder, with nothing left behind", async () => {
    const target = targetOf(await lens(await open("misbehaving.study.ts"), /^▶/, 17));
    await vscode.commands.executeCommand("tunelens.startStudy", target);
    const pid = Number(
      await until(
        "the process",
        () => existsSync(inWorkspace("deaf.pid")) && readFileSync(inWorkspace("deaf.pid"), "utf8"),
      ),
    );
    await vscode.commands.executeCommand("tunelens.stopStudy", target);
    await ended("deaf");
    assert.equal(isAlive(pid), false);
    assert.equal((await tunelens()).lastError(target.study), null);
  });

  it("a pruner that no trial reports to is a notification that opens the study, once for all trials", async () => {
    const text = readFileSync(inWorkspace("plain.study.ts"), "utf8").replace('"plain"', '"unreported"');
    const pruned = text
      .replace('name: "unreported",', 'name: "unreported", pruner: hyperband(),')
      .replace("import { categorical", "import { hyperband, categorical");
    writeFileSync(inWorkspace("unreported.study.ts"), pruned);
    const original = vscode.window.showWarningMessage;
    const shown: [string, readonly string[]][] = [];
    Object.assign(vscode.window, {
      showWarningMessage: async (message: string, _: vscode.MessageOptions, ...items: vscode.MessageItem[]) => {
        shown.push([message, items.map(({ title }) => title)]);
        return items[0];
      },
    });
    try {
      const target = targetOf(await lens(await open("unreported.study.ts"), /^▶/, 5));
      await vscode.commands.executeCommand("tunelens.startStudy", target);
      await ended(target.study.name);
      const mistakes = shown.filter(([message]) => message.includes("cannot end trials early"));
      assert.equal(mistakes.length, 1);
      assert.match(mistakes[0]![0], /HyperbandPruner .* See .*unreported\.study\.ts:5\./s);
      assert.deepEqual(mistakes[0]![1], ["Open unreported.study.ts:5"]);
      await until("the line is open", () =>
        vscode.window.activeTextEditor?.document.fileName.endsWith("unreported.study.ts") ? true : undefined,
      );
    } finally {
      Object.assign(vscode.window, { showWarningMessage: original });
    }
  });
});
