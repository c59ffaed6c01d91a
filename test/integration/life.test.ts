import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as vscode from "vscode";
import {
  answering,
  childProcesses,
  click,
  ended,
  inWorkspace,
  lens,
  open,
  study,
  targetOf,
  trials,
  until,
} from "./editor.js";

/** A file of one step's own, in which the studies of one of the workspace's files have names that begin with the step's. */
async function copyOf(
  file: "plain" | "several",
  name: string,
  edit = (text: string) => text,
): Promise<vscode.TextDocument> {
  const text = readFileSync(inWorkspace(`${file}.study.ts`), "utf8");
  writeFileSync(inWorkspace(`${name}.study.ts`), edit(text.replaceAll(`name: "${file}`, `name: "${name}`)));
  return open(`${name}.study.ts`);
}

/** A study of 40 trials that takes its time, while it runs and has two finished trials. */
async function running(name: string, edit?: (text: string) => string): Promise<vscode.TextDocument> {
  const document = await copyOf("several", name, edit);
  await vscode.commands.executeCommand("tunelens.startStudy", targetOf(await lens(document, /^▶ Start Study$/, 6)));
  await until("two finished trials", async () => ((await study(`${name}-slow`))?.counts.COMPLETE ?? 0) >= 2);
  return document;
}

async function stop(name: string): Promise<void> {
  await vscode.commands.executeCommand("tunelens.stopStudy");
  await ended(name);
}

/** A study that has had its four trials. */
async function finished(name: string): Promise<vscode.TextDocument> {
  const document = await copyOf("plain", name);
  await click(await lens(document, /^▶ Start Study$/));
  await lens(document, /^▶ More Trials… \(4\/4\)$/);
  return document;
}

let model: Promise<string> | undefined;

/** The folder of the model that the best trial of a real network was retrained to: made by the first step that needs it. */
function savedModel(): Promise<string> {
  model ??= retrainedDigits();
  return model;
}

async function retrainedDigits(): Promise<string> {
  const document = await open("digits.study.ts");
  await vscode.commands.executeCommand("tunelens.startStudy");
  await until("a completed trial", async () => (await study("digits-small"))?.counts.COMPLETE);
  await vscode.commands.executeCommand("tunelens.stopStudy");
  const { best } = await ended("digits-small");
  await click(await lens(document, /^★ Retrain Best/));
  const folder = inWorkspace(".tunelens", "models", "digits-small", `trial-${best!.number}`, "v1");
  await until("the model", () => existsSync(join(folder, "model.json")));
  await ended("digits-small");
  return folder;
}

/** A study's life in the editor. Each step has a study of its own. */
describe("a study", () => {
  it("starts by a command that names it; its trials arrive while it runs", async () => {
    const document = await copyOf("several", "started");
    const target = targetOf(await lens(document, /^▶ Start Study$/, 6));
    await vscode.commands.executeCommand("tunelens.startStudy", target);
    await lens(document, /^● \d+\/40( · best 0\.\d+)? · Stop$/, 6);
    await until("two finished trials", async () => ((await study("started-slow"))?.counts.COMPLETE ?? 0) >= 2);
    const [first] = await trials("started-slow");
    assert.equal(first!.state, "COMPLETE");
    assert.deepEqual(first!.values, [first!.params.x]);
    assert.equal(first!.lastStep, 4);
    assert.equal((await study("started-slow"))?.running?.trials, 40);
    await lens(document, /^● \d+\/40 · best 0\.\d+ · Stop$/, 6);
    await stop("started-slow");
  });

  it("is not started twice", async () => {
    const document = await running("twice");
    const before = childProcesses().filter(({ kind }) => kind === "trainer");
    await vscode.commands.executeCommand("tunelens.startStudy", targetOf(await lens(document, /^●/, 6)));
    assert.deepEqual(
      childProcesses().filter(({ kind }) => kind === "trainer"),
      before,
    );
    assert.equal(before.length, 1);
    await stop("twice-slow");
  });

  it("stops on the first rung of the ladder, its process with it, and can go on", async () => {
    const heard = 'process.getBuiltinModule("node:fs").writeFileSync("stopped.heard", "")';
    const document = await running("stopped", (text) =>
      text.replace("(trial.signal.aborted) throw", `(trial.signal.aborted) throw ${heard},`),
    );
    await click(await lens(document, /Stop$/, 6));
    const { finished } = await ended("stopped-slow");
    assert.ok(existsSync(inWorkspace("stopped.heard")));
    assert.deepEqual(
      childProcesses().filter(({ kind }) => kind === "trainer"),
      [],
    );
    assert.equal((await trials("stopped-slow")).filter(({ state }) => state === "RUNNING").length, 0);
    await lens(document, new RegExp(`^▶ Resume \\(${finished}/40, stopped\\)$`), 6);
    await lens(document, /^★ Retrain Best \(#\d+: 0\.\d+\)$/, 6);
  });

  it("is steered while it runs: one trial is stopped, another enqueued, and the rest paused", async () => {
    const document = await running("steered");
    const target = targetOf(await lens(document, /^●/, 6));
    const number = await until("a running trial", async () => (await study("steered-slow"))?.running?.trialNumbers[0]);
    await vscode.commands.executeCommand("tunelens.stopTrial", { ...target, trial: number });
    const stopped = async () => (await trials("steered-slow")).find((trial) => trial.number === number);
    await until("its end", async () => (await stopped())?.failReason === "stopped");
    await until("the next trial", async () => ((await study("steered-slow"))?.running?.trialNumbers[0] ?? 0) > number);
    await vscode.commands.executeCommand("tunelens.enqueueTrial", { ...target, params: { x: 0.75 } });
    const enqueued = async () => (await trials("steered-slow")).some(({ params }) => params.x === 0.75);
    await until("the enqueued trial", enqueued);
    await vscode.commands.executeCommand("tunelens.pauseStudy", target);
    const { finished, end } = await ended("steered-slow");
    assert.equal(end?.reason, "paused");
    await lens(document, new RegExp(`^▶ Resume \\(${finished}/40, paused\\)$`), 6);
  });

  it("resumes: new trials come after the old ones", async () => {
    const document = await running("resumed");
    await stop("resumed-slow");
    const before = await trials("resumed-slow");
    await vscode.commands.executeCommand("tunelens.resumeStudy", targetOf(await lens(document, /^▶ Resume/, 6)));
    await until("more trials", async () => (await trials("resumed-slow")).length > before.length + 1);
    await stop("resumed-slow");
    const after = await trials("resumed-slow");
    assert.deepEqual(after.slice(0, before.length), before);
    assert.deepEqual(
      after.map(({ number }) => number),
      after.map((_, i) => i),
    );
  });

  it("is asked for where the file has several", async () => {
    await copyOf("several", "asked");
    const started = vscode.commands.executeCommand("tunelens.startStudy");
    await until("the first of the list to run", async () => {
      await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
      return (await study("asked-slow"))?.running;
    });
    await started;
    await stop("asked-slow");
  });

  it("is the one with the cursor in it, for a menu of the editor", async () => {
    const document = await copyOf("several", "pointed");
    const cursor = document.positionAt(document.getText().indexOf("pointed-quick"));
    vscode.window.activeTextEditor!.selection = new vscode.Selection(cursor, cursor);
    await vscode.commands.executeCommand("tunelens.startStudy", document.uri);
    await lens(document, /^▶ More Trials… \(3\/3\)$/, 20);
    assert.equal((await ended("pointed-quick")).counts.COMPLETE, 3);
  });

  it("starts without a question where the file has one study, and runs to its end", async () => {
    const document = await copyOf("plain", "alone");
    await vscode.commands.executeCommand("tunelens.startStudy");
    const { counts, best } = await until("four trials", async () => {
      const state = await study("alone");
      return state?.finished === 4 && !state.running ? state : undefined;
    });
    assert.equal(counts.COMPLETE, 4);
    const values = (await trials("alone")).map(({ values }) => Number(values![0]));
    assert.equal(best?.value, Math.min(...values));
    await lens(document, /^▶ More Trials… \(4\/4\)$/);
  });

  it("that has all its trials asks for how many more", async () => {
    const document = await finished("more");
    const asked = click(await lens(document, /^▶ More Trials…/));
    await until("the ten more trials of the question's default answer", async () => {
      await vscode.commands.executeCommand("quickInput.accept");
      const more = await study("more");
      return more?.running || more?.finished === 14;
    });
    await asked;
    assert.equal((await ended("more")).finished, 14);
    await lens(document, /^▶ More Trials… \(14\/14\)$/);
  });

  it("whose space has changed continues under another name, with the trials that fit", async () => {
    const document = await finished("changed");
    const before = await trials("changed");
    const edit = new vscode.WorkspaceEdit();
    const at = document.positionAt(document.getText().indexOf("[0, 1]"));
    edit.replace(document.uri, new vscode.Range(at, at.translate(0, "[0, 1]".length)), "[0, 2]");
    await vscode.workspace.applyEdit(edit);
    await document.save();
    // Four trials are left to ask for, then the code has changed, and then the new name is asked for.
    const asked = await answering("Continue with a Changed Space…", async () => {
      const started = click(await lens(document, /^▶ More Trials…/));
      await until("the continued study to run", async () => {
        await vscode.commands.executeCommand("quickInput.accept");
        return study("changed-2");
      });
      await started;
    });
    assert.match(asked[0]!, /The code of study "changed" has changed/);
    await until("its trials", async () => (await study("changed-2"))?.finished === 4);
    const fitting = before.filter(({ params }) => params["shift"] === 0);
    assert.ok(fitting.length > 0 && fitting.length < 4);
    const after = await trials("changed-2");
    assert.deepEqual(
      after.slice(0, fitting.length).map(({ values }) => values),
      fitting.map(({ values }) => values),
    );
    assert.equal(after.length, fitting.length + 4);
    assert.equal((await study("changed"))?.finished, 4);
    const { source, followUp } = await ended("changed-2");
    assert.equal(source?.file, "changed.study.ts");
    assert.equal(followUp?.from, "changed");
  });

  it("is followed by one that holds a parameter where the best trial has it", async () => {
    const document = await finished("followed");
    const { best } = (await study("followed"))!;
    const [param, value] = Object.entries(best!.params)[1]!;
    const carried = (await trials("followed")).filter(({ params }) => params[param] === value).length;
    const target = { ...targetOf(await lens(document, /^▶ More Trials…/)), param };
    const asked = vscode.commands.executeCommand("tunelens.freezeParameter", target);
    const name = `followed-${param}-${Number(Number(value).toPrecision(6))}`;
    // The best trial's value, and as many trials as the study had, are what the two questions offer.
    await until("the follow-up to run", async () => {
      await vscode.commands.executeCommand("quickInput.accept");
      return study(name);
    });
    await asked;
    const followUp = await ended(name);
    assert.equal(followUp.finished - carried, 4);
    const all = await trials(name);
    assert.ok(all.every(({ params }) => params[param] === value));
    assert.equal((await study("followed"))!.finished, 4);

    await vscode.commands.executeCommand("tunelens.retrainBest", {
      study: followUp,
      folder: inWorkspace(),
      file: null,
      exportName: "default",
      trials: null,
    });
    await ended(name);
  });

  it("gives the parameters of any trial to the clipboard", async () => {
    const document = await finished("copied");
    const [, second] = await trials("copied");
    const target = { ...targetOf(await lens(document, /^▶ More Trials…/)), trial: 1 };
    await vscode.commands.executeCommand("tunelens.copyParameters", target);
    assert.deepEqual(JSON.parse(await vscode.env.clipboard.readText()), second!.params);
  });

  it("of a real network retrains its best trial into a saved model", async () => {
    const folder = await savedModel();
    assert.ok(existsSync(join(folder, "model.json")));
  });

  it("trains a saved model further, as many epochs as the question is answered with", async () => {
    const models = dirname(await savedModel());
    const provenance = (version: string) =>
      JSON.parse(readFileSync(join(models, version, "tunelens.json"), "utf8")) as {
        history: { loss: number[] };
        continues?: { epochs: number }[];
      };
    const before = provenance("v1").history.loss;
    const asked = vscode.commands.executeCommand(
      "tunelens.continueTraining",
      vscode.Uri.file(join(models, "v1", "tunelens.json")),
    );
    await until("the question's default answer", async () => {
      await vscode.commands.executeCommand("quickInput.accept");
      return (await study("digits-small"))?.running;
    });
    await asked;
    await ended("digits-small");
    const { history, continues } = provenance("v2");
    assert.deepEqual(provenance("v1").history.loss, before);
    assert.deepEqual(history.loss.slice(0, before.length), before);
    assert.equal(continues?.[0]?.epochs, before.length);
    assert.ok(history.loss.length > before.length);
  });

  it("says how good a saved model is on its validation data", async () => {
    const folder = await savedModel();
    const file = join(folder, "tunelens.json");
    const told: string[] = [];
    const original = vscode.window.showInformationMessage;
    Object.assign(vscode.window, { showInformationMessage: async (message: string) => void told.push(message) });
    try {
      await vscode.commands.executeCommand("tunelens.evaluateModel", vscode.Uri.file(file));
    } finally {
      Object.assign(vscode.window, { showInformationMessage: original });
    }
    const { metrics } = JSON.parse(readFileSync(file, "utf8")) as { metrics: { value: number } };
    const [, value, saved] =
      /^digits-small: v1 of trial \d+ has value ([\d.]+); saved with ([\d.]+)\. val_loss [\d.]+, val_acc [\d.]+\.$/.exec(
        told.join("\n").replaceAll("\u2060", ""),
      ) ?? assert.fail(told.join("\n"));
    assert.ok(Math.abs(Number(saved) - metrics.value) < 1e-4);
    assert.ok(Math.abs(Number(value) - metrics.value) < 1e-4, `${value} is not ${metrics.value}`);
  });

  it("is deleted only when the question is answered with yes", async () => {
    await finished("kept");
    const document = await finished("deleted");
    const target = targetOf(await lens(document, /^▶ More Trials…/));
    const original = vscode.window.showWarningMessage;
    const asked: string[] = [];
    // Nobody can press a button of a modal question in a test window: this is the user, first saying no, then yes.
    const answer = (button: string | undefined) =>
      Object.assign(vscode.window, {
        showWarningMessage: async (message: string, _: vscode.MessageOptions, ...items: vscode.MessageItem[]) => {
          asked.push(message);
          return items.find(({ title }) => title === button);
        },
      });
    try {
      answer(undefined);
      await vscode.commands.executeCommand("tunelens.deleteStudy", target);
      assert.equal((await study("deleted"))?.finished, 4);
      answer("Delete");
      await vscode.commands.executeCommand("tunelens.deleteStudy", target);
    } finally {
      Object.assign(vscode.window, { showWarningMessage: original });
    }
    assert.deepEqual(asked, Array(2).fill('Delete study "deleted" and its 4 trials?'));
    assert.equal(await study("deleted"), undefined);
    assert.ok(await study("kept"));
    await lens(document, /^▶ Start Study$/);
  });
});
