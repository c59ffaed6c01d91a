import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { commands } from "../../src/extension/commands.js";
import { click, inWorkspace, lens, lensesOf, open, study, until } from "./editor.js";

/** Two studies that need no network: what is tested here is the editor. */
const QUICK_STUDIES = `import { defineStudy, float } from "tunelens";

export const parabola = defineStudy({
  name: "parabola",
  trials: 4,
  seed: 1,
  space: { x: float(-2, 2) },
  objective: (trial) => trial.params.x ** 2,
});

export const endless = defineStudy({
  name: "endless",
  space: { x: float(0, 1) },
  async objective(trial) {
    for (let step = 0; ; step++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (trial.signal.aborted) throw trial.signal.reason;
      trial.report(trial.params.x, step);
    }
  },
});
`;

describe("the extension", () => {
  before(async () => {
    writeFileSync(inWorkspace("quick.study.ts"), QUICK_STUDIES);
    await vscode.extensions.getExtension("tunelens.tunelens")!.activate();
  });

  it("has every command", async () => {
    const known = await vscode.commands.getCommands(true);
    assert.deepEqual(
      Object.keys(commands).filter((command) => !known.includes(command)),
      [],
    );
  });

  it("puts lenses over each study of a file, without running it", async () => {
    writeFileSync(inWorkspace("throws.study.ts"), `${QUICK_STUDIES}\nthrow new Error("ran");\n`);
    const document = await open("throws.study.ts");
    await lens(document, /^▶ Start Study$/);
    const all = (await lensesOf(document)).map(({ command, range }) => [range.start.line, command?.title]);
    assert.deepEqual(all, [
      [2, "▶ Start Study"],
      [2, "Dashboard"],
      [10, "▶ Start Study"],
      [10, "Dashboard"],
    ]);
    rmSync(inWorkspace("throws.study.ts"));
  });

  it("gives full types where nothing is installed", async () => {
    const document = await open("quick.study.ts");
    const hover = async () => {
      const position = document.positionAt(document.getText().indexOf("params.x"));
      const found = await vscode.commands.executeCommand<vscode.Hover[]>(
        "vscode.executeHoverProvider",
        document.uri,
        position,
      );
      const text = found.flatMap(({ contents }) => contents.map((content) => (content as vscode.MarkdownString).value));
      return text.join("\n").includes("x: FloatSpec") || text.join("\n").includes("x: number");
    };
    await until("the parameter's type", hover);
    const wrong = await vscode.workspace.openTextDocument({
      language: "typescript",
      content: 'import { defineStudy } from "tunelens";\ndefineStudy({ name: 5, objective: () => 1 });\n',
    });
    await vscode.window.showTextDocument(wrong);
    const problems = await until("a type error", () => {
      const errors = vscode.languages.getDiagnostics(wrong.uri).map(({ message }) => message);
      return errors.length > 0 && errors;
    });
    assert.deepEqual(problems, ["Type 'number' is not assignable to type 'string'."]);
    assert.deepEqual(
      vscode.languages.getDiagnostics(document.uri).map(({ message }) => message),
      [],
    );
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });

  /** The file of a study that has run to its end: started by the first test that needs it. */
  async function finished(): Promise<vscode.TextDocument> {
    const document = await open("quick.study.ts");
    if (!(await study("parabola"))) await click(await lens(document, /^▶ Start Study$/));
    await lens(document, /^▶ More Trials… \(4\/4\)$/);
    return document;
  }

  it("runs a study from its lens to its end, then offers to resume and to retrain", async () => {
    const document = await finished();
    await lens(document, /^★ Retrain Best \(#\d: [\d.e-]+\)$/);
    assert.ok(existsSync(inWorkspace(".tunelens", "studies.db")));
  });

  it("copies the best trial's parameters", async () => {
    const document = await finished();
    const { command } = await lens(document, /^★ Retrain Best/);
    await vscode.commands.executeCommand("tunelens.copyParameters", ...(command!.arguments as unknown[]));
    const params = JSON.parse(await vscode.env.clipboard.readText()) as { x: number };
    assert.ok(Math.abs(params.x) <= 2);
  });

  it("shows the best trial as code beside the study: constants that type-check, nothing written to disk", async () => {
    const document = await finished();
    const { command } = await lens(document, /^★ Retrain Best/);
    await vscode.commands.executeCommand("tunelens.showBestAsCode", ...(command!.arguments as unknown[]));
    const editor = await until("the code", () => {
      const active = vscode.window.activeTextEditor;
      return active?.document.isUntitled ? active : undefined;
    });
    const { fsPath } = editor.document.uri;
    assert.match(fsPath, /quick\.trial-\d\.study\.ts$/);
    assert.equal(existsSync(fsPath), false);
    const text = editor.document.getText();
    assert.match(text, /\/\/ Study "parabola", trial \d: value [\d.e-]+, \d{4}-\d\d-\d\d\.\n/);
    assert.match(text, /name: "parabola, trial \d"/);
    await until("the type checker", async () => {
      const hover = await vscode.commands.executeCommand<vscode.Hover[]>(
        "vscode.executeHoverProvider",
        editor.document.uri,
        editor.document.positionAt(text.lastIndexOf("params")),
      );
      return hover.length > 0;
    });
    assert.deepEqual(
      vscode.languages.getDiagnostics(editor.document.uri).map(({ message }) => message),
      [],
    );
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });

  it("stops a study that would go on for ever, and counts nothing of what was stopped", async () => {
    const document = await open("quick.study.ts");
    const start = (await lensesOf(document)).findLast(({ command }) => command?.title === "▶ Start Study");
    await click(start!);
    await click(await lens(document, /^● 0 · Stop$/));
    await until("no study to run", async () => (await lensesOf(document)).every((l) => !/●/.test(l.command!.title)));
    await lens(document, /^▶ Start Study$/);
  });

  it("comes back from a file that cannot be loaded", async () => {
    writeFileSync(
      inWorkspace("broken.study.ts"),
      QUICK_STUDIES.replaceAll("parabola", "broken").replace("x ** 2", "x **"),
    );
    const document = await open("broken.study.ts");
    await click(await lens(document, /^▶ Start Study$/));
    await until("the failed run's end", async () =>
      (await lensesOf(document)).every((l) => !/●/.test(l.command!.title)),
    );
    await lens(document, /^▶ Start Study$/);
    rmSync(inWorkspace("broken.study.ts"));
  });

  it("writes a new study beside the code and never over a file", async () => {
    const before = readFileSync(inWorkspace("digits.study.ts"), "utf8");
    await open("quick.study.ts");
    await vscode.commands.executeCommand("tunelens.newStudy");
    assert.ok(existsSync(inWorkspace("digits-2.study.ts")));
    assert.equal(readFileSync(inWorkspace("digits.study.ts"), "utf8"), before);
    const document = vscode.window.activeTextEditor!.document;
    assert.equal(document.uri.fsPath, inWorkspace("digits-2.study.ts"));
    await lens(document, /^▶ Start Study$/);
    await until("types of the new study", () => vscode.window.activeTextEditor?.document === document);
    const errors = () => vscode.languages.getDiagnostics(document.uri).map(({ message }) => message);
    await until("the type checker", async () => {
      const found = await vscode.commands.executeCommand<vscode.Hover[]>(
        "vscode.executeHoverProvider",
        document.uri,
        document.positionAt(document.getText().indexOf("sequential")),
      );
      return found.length > 0;
    });
    assert.deepEqual(errors(), []);
  });

  it("opens one dashboard for a study", async () => {
    const document = await open("quick.study.ts");
    const dashboard = await lens(document, /^Dashboard$/);
    await click(dashboard);
    await click(dashboard);
    const tabs = () =>
      vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(({ label }) => label === "parabola");
    await until("the dashboard", () => tabs().length > 0);
    assert.equal(tabs().length, 1);
  });
});
