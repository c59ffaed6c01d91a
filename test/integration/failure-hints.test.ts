import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { click, ended, eventually, inWorkspace, lens, open, trials, until } from "./editor.js";

const NAME = "failing at a line";
const FILE = "failing.study.ts";
const HELPER = "failing-helper.ts";

const TEXT = `import { defineStudy, int } from "tunelens";
import { half } from "./failing-helper";

export default defineStudy({
  name: "${NAME}",
  trials: 3,
  catch: true,
  space: { x: int(1, 3) },
  objective: ({ params }) => half(params.x),
});
`;

const HELPER_TEXT = `export function half(x: number): number {
  if (x > 1) throw new RangeError(\`\${x} is [too](command:x) large\`);
  return x / 2;
}
`;

function failures(): string[] {
  return vscode.languages
    .getDiagnostics(vscode.Uri.file(inWorkspace(HELPER)))
    .flatMap(({ source, message, range }) => (source === "Tunelens" ? `${range.start.line + 1} ${message}` : []));
}

describe("a line at which trials failed", () => {
  before(async () => {
    writeFileSync(inWorkspace(FILE), TEXT);
    writeFileSync(inWorkspace(HELPER), HELPER_TEXT);
    const document = await open(FILE);
    await click(await lens(document, /Start Study/));
    await ended(NAME);
  });

  after(async () => {
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });

  it("is among the problems of the file that threw, with the latest trial's message and parameters", async () => {
    const { number, params } = (await trials(NAME)).findLast(({ state }) => state === "FAIL")!;
    const x = params["x"] as number;
    // While the study ran, it was said of fewer trials.
    await eventually(() => {
      const [said = "", ...others] = failures();
      assert.ok(said.startsWith(`2 Trial ${number} failed here: RangeError: ${x} is [too]`), said);
      assert.ok(said.endsWith(`2 trials failed at this line. Parameters: x ${x}.`), said);
      assert.deepEqual(others, []);
    });
  });

  it("offers to debug that trial, and to run it again", async () => {
    const helper = await open(HELPER);
    const here = new vscode.Range(1, 13, 1, 13);
    const actions = await until("the light bulb", async () => {
      const found = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        "vscode.executeCodeActionProvider",
        helper.uri,
        here,
      );
      const own = found.filter(({ command }) => command?.command.startsWith("tunelens."));
      return own.length > 0 ? own : undefined;
    });
    assert.deepEqual(
      actions.map(({ command }) => command!.command),
      ["tunelens.debugTrial", "tunelens.enqueueTrial"],
    );
    const failed = (await trials(NAME)).findLast(({ state }) => state === "FAIL")!;
    assert.equal((actions[0]!.command!.arguments![0] as { trial: number }).trial, failed.number);
  });

  it("is gone when the file is changed", async () => {
    const helper = await open(HELPER);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(helper.uri, new vscode.Position(0, 0), "// mended\n");
    await vscode.workspace.applyEdit(edit);
    await until("they are gone", () => failures().length === 0);
    await helper.save();
    assert.deepEqual(failures(), []);
  });
});
