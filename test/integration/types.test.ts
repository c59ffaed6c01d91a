import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import * as vscode from "vscode";
import { inWorkspace, open, until } from "./editor.js";

const WRONG = `import * as tf from "@tensorflow/tfjs";
import { categorical, defineStudy, float, int } from "tunelens";
import { fit } from "tunelens/training";

export default defineStudy({
  name: "wrong",
  space: {
    units: int(8, 64, { default: "16" }),
    activation: categorical(["relu", "tanh"], { default: "elu" }),
    rate: float(0, 1),
  },
  objective: (trial) => {
    const units: string = trial.params.rate;
    tf.layers.dense({ units: 3, activation: "no such" });
    fit(trial);
    return trial.params.dropout;
  },
});
`;

describe("types in a workspace that has installed nothing", () => {
  it("tell wrong defaults, unknown parameters and wrong calls of all three packages", async () => {
    writeFileSync(inWorkspace("wrong.study.ts"), WRONG);
    const document = await open("wrong.study.ts");
    const errors = () =>
      vscode.languages
        .getDiagnostics(document.uri)
        .filter(({ severity, source }) => severity === vscode.DiagnosticSeverity.Error && source === "ts")
        .map(({ range, message }) => `${range.start.line + 1} ${message.split("\n")[0]}`)
        .sort((a, b) => Number.parseInt(a) - Number.parseInt(b));
    await until("the type errors", () => errors().length >= 6);
    const found = errors();
    const expected = [
      /^8 Type 'string' is not assignable to type 'number'/,
      /^9 Type '"elu"' is not assignable to type '"relu" \| "tanh"/,
      /^13 Type 'number' is not assignable to type 'string'/,
      /^14 Type '"no such"' is not assignable to type/,
      /^15 Expected \d/,
      /^16 Property 'dropout' does not exist on type/,
    ];
    assert.equal(found.length, expected.length, found.join("\n"));
    for (const [i, pattern] of expected.entries()) assert.match(found[i]!, pattern);
  });
});
