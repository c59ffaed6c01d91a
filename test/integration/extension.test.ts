import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { commands } from "../../src/extension/commands.js";

const folder = () => vscode.workspace.workspaceFolders![0]!.uri;
const path = (...parts: string[]) => join(folder().fsPath, ...parts);

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

async function until<T>(what: string, get: () => T | Promise<T>, seconds = 60): Promise<NonNullable<T>> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await get();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function open(file: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(path(file));
  await vscode.window.showTextDocument(document);
  return document;
}

async function lenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
  return vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", document.uri, 50);
}

async function lens(document: vscode.TextDocument, title: RegExp): Promise<vscode.CodeLens> {
  let seen: unknown;
  const get = async () => {
    const all = await lenses(document);
    seen = all.map(({ command }) => command?.title);
    return all.find(({ command }) => title.test(command?.title ?? ""));
  };
  return until(`a lens ${title}`, get).catch((error) => assert.fail(`${error}; there are ${JSON.stringify(seen)}`));
}

async function click({ command }: vscode.CodeLens): Promise<void> {
  await vscode.commands.executeCommand(command!.command, ...(command!.arguments ?? []));
}

describe("the extension", () => {
  before(async () => {
    writeFileSync(path("quick.study.ts"), QUICK_STUDIES);
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
    writeFileSync(path("throws.study.ts"), `${QUICK_STUDIES}\nthrow new Error("ran");\n`);
    const document = await open("throws.study.ts");
    await lens(document, /^▶ Start Study$/);
    const all = (await lenses(document)).map(({ command, range }) => [range.start.line, command?.title]);
    assert.deepEqual(all, [
      [2, "▶ Start Study"],
      [2, "Dashboard"],
      [10, "▶ Start Study"],
      [10, "Dashboard"],
    ]);
    rmSync(path("throws.study.ts"));
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

  it("runs a study from its lens to its end, then offers to resume and to retrain", async () => {
    const document = await open("quick.study.ts");
    await click(await lens(document, /^▶ Start Study$/));
    await lens(document, /^▶ Resume \(4\/4\)$/);
    await lens(document, /^★ Retrain Best \(#\d: [\d.e-]+\)$/);
    assert.ok(existsSync(path(".tunelens", "studies.db")));
  });

  it("copies the best trial's parameters", async () => {
    const document = await open("quick.study.ts");
    const { command } = await lens(document, /^★ Retrain Best/);
    await vscode.commands.executeCommand("tunelens.copyParameters", ...command!.arguments!);
    const params = JSON.parse(await vscode.env.clipboard.readText()) as { x: number };
    assert.ok(Math.abs(params.x) <= 2);
  });

  it("shows the best trial as code beside the study: constants that type-check, nothing written to disk", async () => {
    const document = await open("quick.study.ts");
    const { command } = await lens(document, /^★ Retrain Best/);
    await vscode.commands.executeCommand("tunelens.showBestAsCode", ...command!.arguments!);
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
    const start = (await lenses(document)).findLast(({ command }) => command?.title === "▶ Start Study");
    await click(start!);
    await click(await lens(document, /^● 0 · Stop$/));
    await until("no study to run", async () => (await lenses(document)).every((l) => !/●/.test(l.command!.title)));
    await lens(document, /^▶ Start Study$/);
  });

  it("comes back from a file that cannot be loaded", async () => {
    writeFileSync(path("broken.study.ts"), QUICK_STUDIES.replaceAll("parabola", "broken").replace("x ** 2", "x **"));
    const document = await open("broken.study.ts");
    await click(await lens(document, /^▶ Start Study$/));
    await until("the failed run's end", async () => (await lenses(document)).every((l) => !/●/.test(l.command!.title)));
    await lens(document, /^▶ Start Study$/);
    rmSync(path("broken.study.ts"));
  });

  it("writes a new study beside the code and never over a file", async () => {
    const before = readFileSync(path("digits.study.ts"), "utf8");
    await open("quick.study.ts");
    await vscode.commands.executeCommand("tunelens.newStudy");
    assert.ok(existsSync(path("digits-2.study.ts")));
    assert.equal(readFileSync(path("digits.study.ts"), "utf8"), before);
    const document = vscode.window.activeTextEditor!.document;
    assert.equal(document.uri.fsPath, path("digits-2.study.ts"));
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
