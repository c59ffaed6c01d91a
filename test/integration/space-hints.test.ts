import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { answering, click, ended, eventually, inWorkspace, lens, open, study, until } from "./editor.js";

const NAME = "hinted";
const FILE = "hinted.study.ts";

/** The larger `layers`, the better; `mode` decides half of it; `noise` decides nothing. */
const TEXT = `import { categorical, defineStudy, float, int, random } from "tunelens";

export default defineStudy({
  name: "${NAME}",
  trials: 60,
  seed: 1,
  sampler: random(),
  space: {
    layers: int(1, 5),
    mode: categorical(["good", "bad"]),
    noise: float(0, 1),
  },
  objective: ({ params }) => -params.layers - (params.mode === "good" ? 10 : 0) + params.noise / 1e6,
});
`;

function hintsOf(document: vscode.TextDocument): Thenable<vscode.InlayHint[]> {
  const all = new vscode.Range(0, 0, document.lineCount, 0);
  return vscode.commands.executeCommand<vscode.InlayHint[]>("vscode.executeInlayHintProvider", document.uri, all);
}

/** `line text`, lines as the editor counts them. */
async function hints(document: vscode.TextDocument): Promise<string[]> {
  return (await hintsOf(document)).map(({ position, label }) => `${position.line + 1} ${label as string}`);
}

function problems(document: vscode.TextDocument): string[] {
  return vscode.languages
    .getDiagnostics(document.uri)
    .flatMap(({ source, message }) => (source === "Tunelens" ? message : []));
}

function placeOf(document: vscode.TextDocument, text: string): vscode.Position {
  return document.positionAt(document.getText().indexOf(text));
}

async function hoverText(document: vscode.TextDocument, text: string): Promise<string> {
  const at = placeOf(document, text);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", document.uri, at);
  return hovers.flatMap(({ contents }) => contents.map((part) => (part as vscode.MarkdownString).value)).join("\n");
}

function fixes(document: vscode.TextDocument, text: string): Thenable<vscode.CodeAction[]> {
  const at = placeOf(document, text);
  const here = new vscode.Range(at, at);
  return vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", document.uri, here);
}

describe("the lines of a space", () => {
  let document: vscode.TextDocument;

  before(async () => {
    writeFileSync(inWorkspace(FILE), TEXT);
    document = await open(FILE);
    assert.deepEqual(await hints(document), []);
    await click(await lens(document, /Start Study/));
    await ended(NAME);
  });

  after(async () => {
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });

  it("say the best value and how much a parameter matters", async () => {
    await eventually(async () => {
      const [layers, mode, noise, ...others] = await hints(document);
      assert.match(layers!, /^9 best 5 · at its upper bound · \d+\.\d% \(\d+–\d+%\)$/);
      assert.match(mode!, /^10 best good · \d+\.\d% \(\d+–\d+%\)$/);
      assert.match(noise!, /^11 best 0\.\d+ · /);
      assert.deepEqual(others, []);
    });
  });

  it("say more to those who point at them", async () => {
    await eventually(async () => {
      const text = await hoverText(document, "int(1, 5)");
      assert.match(text, /60 trials from 1–5/);
      assert.match(text, /data:image\/svg\+xml;base64,/);
      assert.match(text, /command:tunelens\.freezeParameter\?/);
    });
  });

  it("suggest what to change, with evidence", async () => {
    await eventually(() => {
      const found = problems(document).join("\n");
      assert.match(found, /upper bound, 5\..*Raise the upper bound to 7\.$/m);
      assert.match(found, /^None of the best 15 trials has bad.*Remove bad\.$/m);
    });
  });

  it("widen a range, with which the study goes on", async () => {
    const action = await until("the quick fix", async () =>
      (await fixes(document, "int(1, 5)")).find(({ title }) => title === "Raise the upper bound to 7"),
    );
    assert.equal(await vscode.workspace.applyEdit(action.edit!), true);
    assert.match(document.getText(), /layers: int\(1, 7\),/);
    await until("a hint of the older range", async () => /trials searched 1–5$/.test((await hints(document))[0] ?? ""));
    await eventually(() => assert.doesNotMatch(problems(document).join("\n"), /upper bound/));
    const edit = new vscode.WorkspaceEdit();
    const trials = placeOf(document, "60");
    edit.replace(document.uri, new vscode.Range(trials, trials.translate(0, 2)), "100");
    await vscode.workspace.applyEdit(edit);
    await document.save();
    await answering("Resume Anyway", async () => {
      await click(await lens(document, /Resume/));
      await until("the new trials", async () => (await study(NAME))?.counts.COMPLETE === 100);
    });
    await until("the new hint", async () => /^9 best [67] · /.test((await hints(document))[0] ?? ""));
  });

  it("remove a choice that never paid", async () => {
    const action = await until("the quick fix", async () =>
      (await fixes(document, "mode: categorical")).find(({ title }) => title === "Remove bad"),
    );
    assert.equal(await vscode.workspace.applyEdit(action.edit!), true);
    assert.match(document.getText(), /mode: categorical\(\["good"\]\),/);
  });
});
