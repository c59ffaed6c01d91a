import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { fillCommand, parseCommand } from "../../src/command/command-line.js";
import { readScriptOptions } from "../../src/source/script-options.js";
import { scriptLanguageOf } from "../../src/source/script-file.js";
import { scriptStudy } from "../../src/source/script-study.js";
import { problemsOf } from "../compile.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

function studyOf(file: string): string {
  const text = readFileSync(join(root, "test/fixtures/scripts", file), "utf8");
  return scriptStudy(text, file, scriptLanguageOf(file)!)!.text;
}

/** The lines of a study's space. */
function spaceOf(study: string): string[] {
  return [
    .../ {2}space: \{\n([^}]*?)\n {2}\},/s
      .exec(study.replaceAll(/\{ (log|default)[^}]*\}/g, (part) => part.replace("}", ")").replace("{", "(")))![1]!
      .split("\n"),
  ].map((line) => line.trim());
}

describe("the study of a script", () => {
  it("has argparse's options around their defaults, and what says how the script runs is left out", () => {
    const study = studyOf("train.py");
    expect(spaceOf(study)).toEqual([
      "batchSize: int(16, 256, ( log: true, default: 64 )),",
      "lr: float(0.0001, 0.01, ( log: true, default: 0.001 )),",
      "weightDecay: float(0, 0.1, ( default: 0 )),",
      "dropout: float(0, 0.6, ( default: 0.25 )),",
      "layers: int(1, 4, ( default: 2 )),",
      'optimizer: categorical(["adam", "sgd"], ( default: "adam" )),',
      "nesterov: categorical([false, true], ( default: false )),",
      "bias: categorical([false, true], ( default: true )),",
    ]);
    expect(study).toContain(
      '"python train.py --batch-size {batchSize} --lr {lr} --weight_decay {weightDecay} --dropout {dropout} --layers {layers} ' +
        '--optimizer {optimizer} {nesterov?--nesterov} {bias?--bias:--no-bias} --epochs {epochs} --seed {seed}"',
    );
    expect(study).toContain("epochs: { study: 14, retrain: 42 }");
    expect(study).toContain("// Not tuned: --test-batch-size, --no-accel, --data");
    expect(study).toContain('report: "val_loss"');
    expect(study).toContain('direction: "minimize"');
  });

  it("has click's options, and Node.js's", () => {
    expect(spaceOf(studyOf("fit.py"))).toEqual([
      "lr: float(0.01, 1, ( log: true, default: 0.1 )),",
      'kernel: categorical(["rbf", "linear"], ( default: "rbf" )),',
      "shrink: categorical([false, true], ( default: false )),",
      "units: int(1, 100, ( log: true )),",
    ]);
    expect(studyOf("fit.py")).toContain('direction: "maximize"');
    const node = studyOf("train.mjs");
    expect(spaceOf(node)).toEqual([
      "lr: float(0.001, 0.1, ( log: true, default: 0.01 )),",
      "hiddenUnits: int(8, 128, ( log: true, default: 32 )),",
      "deep: categorical([false, true], ( default: false )),",
    ]);
    expect(node).toContain('"node train.mjs --lr {lr} --hidden-units {hiddenUnits} {deep?--deep}"');
    expect(node).toContain("// Not tuned: --name");
  });

  it("compiles", () => {
    const files = ["train.py", "fit.py", "train.mjs"];
    const snippets = files.map((file) => ({ path: join(root, `docs/${file}.study.ts`), code: studyOf(file) }));
    expect(problemsOf(snippets)).toEqual([]);
  });

  it("is none where nothing can be tuned, and half-typed code is read as far as it goes", () => {
    expect(scriptStudy("print('hello')", "a.py", "python")).toBeNull();
    expect(scriptStudy('p.add_argument("--data", default="x")', "a.py", "python")).toBeNull();
    expect(readScriptOptions('p.add_argument("--lr", type=float, default=', "python")).toMatchObject([
      { flag: "--lr", type: "float", default: null },
    ]);
    expect(readScriptOptions("parseArgs({ options: { lr: { type:", "javascript")).toMatchObject([{ flag: "--lr" }]);
  });

  it("has texts of the script as data only", () => {
    const text = 'p.add_argument("--x*/\\n")\np.add_argument("--y", choices=["*/ evil(", "{lr}"], default="{lr}")';
    const made = scriptStudy(text, "a b.py", "python")!.text;
    expect(made).toContain('y: categorical(["*/ evil(", "{lr}"], { default: "{lr}" })');
    expect(made).toContain("python 'a b.py' --y {y}");
    expect(made).not.toContain("x*");
  });

  it.each(["it's.py", "{lr}.py", "a b.py", "it's {a} b.py", 'say "it\'s".py', "a\\ b.py", String.raw`a\\'b.py`])(
    "runs it, whatever its name: %s",
    (file) => {
      const made = scriptStudy('p.add_argument("--lr", default=0.1)', file, "python")!.text;
      const line = JSON.parse(/^ {4}(".*"),$/m.exec(made)![1]!) as string;
      expect(fillCommand(parseCommand(line, false), () => 0.5)).toEqual(["python", file, "--lr", "0.5"]);
    },
  );

  it("has what would act on its reader escaped", () => {
    const option = 'p.add_argument("--y", choices=["a\u202Eb", "c"], default="a\u202Eb")';
    const made = scriptStudy(option, "a\u202Eb.py", "python")!.text;
    expect(made).toContain(String.raw`y: categorical(["a\u202eb", "c"], { default: "a\u202eb" })`);
    expect(made).toContain(String.raw`name: "a\u202eb"`);
    expect(made).toContain(String.raw`"python a\u202eb.py --y {y}"`);
    expect(made).not.toContain("\u202E");
  });

  it("is offered for scripts, not for studies", () => {
    expect(["a.py", "a.mjs", "b.js", "a.study.js", "a.ts"].map(scriptLanguageOf)).toEqual([
      "python",
      "javascript",
      "javascript",
      undefined,
      undefined,
    ]);
  });
});
