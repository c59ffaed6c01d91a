import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { matchMetrics } from "../../src/command/printed-metrics.js";
import { fillCommand, parseCommand } from "../../src/command/command-line.js";
import { readScriptOptions } from "../../src/source/script-options.js";
import { describeNoOptions, scriptLanguageOf } from "../../src/source/script-file.js";
import { scriptStudy } from "../../src/source/script-study.js";
import { problemsOf } from "../compile.js";

/** In the styles of TensorFlow.js's examples, and of yargs and commander. */
const ARGPARSE = `
parser.addArgument("--batchSize", { type: "int", defaultValue: 64, help: "Examples" });
parser.addArgument(["-l", "--learning_rate"], { type: "float", defaultValue: 1e-3 });
parser.add_argument("--cell", { type: "string", default: "gru", choices: ["lstm", "gru"] });
parser.addArgument("--shuffle", { action: "storeTrue" });
parser.addArgument("--epochs", { type: "int", defaultValue: 20 });
parser.addArgument("--valSplit", { type: "float", defaultValue: 0.15 });
parser.addArgument("--savePath", { type: "string", defaultValue: "./dist" });
yargs(process.argv)
  .option("dropout", { type: "number", default: 0.3 })
  .option("bias", { type: "boolean", default: true })
  .options({ depth: { type: "number", default: 2 } });
program
  .option("-r, --rate <number>", "The rate", parseFloat, 0.1)
  .option("--deep", "Deeper")
  .option("--no-color", "Plain")
  .option("--name <text>", "A name", "x");
await model.fit(x, y, { epochs, validationSplit });
`;

const ABSL = `
flags.DEFINE_float("lr", 1e-3, "The learning rate")
flags.DEFINE_integer('units', 64, 'Units')
flags.DEFINE_enum("optimizer", "adam", ["adam", "sgd"], "The optimizer")
flags.DEFINE_bool("nesterov", False, "Whether")
flags.DEFINE_string("data", "x", "Where")
`;

/** A float such as 0.0 would be written as 0, which a configurator refuses: it has no default. */
const CONFIGURATOR = `
out_dir = 'out'
n_layer = 6 # layers
dropout = 0.0
bias = True
learning_rate = 6e-4
max_iters = 5000
exec(open('configurator.py').read())
later = 3
`;

const TYPER = `
app = typer.Typer()
@app.command()
def train(
    data: Annotated[str, typer.Argument()],
    lr: Annotated[float, typer.Option("--rate", help="The rate")] = 1e-3,
    batch_size: int = typer.Option(64, "-b", "--batch_size"),
    hidden_units: Optional[int] = None,
    bias: bool = True,
    epochs: int = 5,
): ...
@app.command()
def predict(size: int = 3): ...
`;

const DATACLASSES = `
@dataclass
class Common:
    seed: int = 42
@dataclass
class Arguments(Common):
    learning_rate: Optional[float] = field(default=1e-4, metadata={"help": "The rate"})
    optimizer: Literal["adam", "sgd"] = "adam"
    layers: int | None = 2
    bias: bool = False
    name: str = "x"
    def method(self): self.other: int = 3
class Unused:
    size: int = 3
`;

const NESTED = `
@dataclass
class Optimizer:
    lr: float = 1e-3
@dataclass
class Arguments:
    optimizer: Optimizer = field(default_factory=Optimizer)
    hidden_units: int = 32
    anneal: bool = True
    batch_size: int = 0
`;

const hydraFiles: Readonly<Record<string, string>> = {
  "conf/config.yaml":
    "defaults:\n  - _self_\n  - optimizer: adam\n  - override hydra/launcher: basic\n# A comment\nseed: 1\nuse_bias: true\ntrainer:\n  max_epochs: 10 # of them\n  devices: 1\n  clip: 0.5\nname: x\npath: ${hydra:runtime.cwd}\n",
  "conf/optimizer/adam.yaml": "_target_: torch.optim.Adam\n_partial_: true\nlr: 1e-3\n",
};

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
    const overridden = scriptStudy(`${CONFIGURATOR}\nprint(f"val loss {x}")`, "a.py", "python")!.text;
    expect(overridden).toContain("pattern: /");
    snippets.push({ path: join(root, "docs/overridden.study.ts"), code: overridden });
    expect(problemsOf(snippets)).toEqual([]);
  });

  it("has the options of Node.js's argparse, yargs, and commander", () => {
    const study = scriptStudy(ARGPARSE, "train.js", "javascript")!.text;
    expect(spaceOf(study)).toEqual([
      "batchSize: int(16, 256, ( log: true, default: 64 )),",
      "learningRate: float(0.0001, 0.01, ( log: true, default: 0.001 )),",
      'cell: categorical(["lstm", "gru"], ( default: "gru" )),',
      "shuffle: categorical([false, true], ( default: false )),",
      "dropout: float(0, 0.6, ( default: 0.3 )),",
      "bias: categorical([false, true], ( default: true )),",
      "depth: int(1, 4, ( default: 2 )),",
      "rate: float(0.01, 1, ( log: true, default: 0.1 )),",
      "deep: categorical([false, true], ( default: false )),",
    ]);
    expect(study).toContain(
      '"node train.js --batchSize {batchSize} --learning_rate {learningRate} --cell {cell} {shuffle?--shuffle} --dropout {dropout} ' +
        '{bias?--bias:--no-bias} --depth {depth} --rate {rate} {deep?--deep} --epochs {epochs}"',
    );
    expect(study).toContain("// Not tuned: --valSplit, --savePath, --name");
    expect(study).toContain('report: "val_loss"');
  });

  it("has what absl declares, and what a configurator overrides, as each reads it", () => {
    const absl = scriptStudy(ABSL, "train.py", "python")!.text;
    expect(spaceOf(absl)).toEqual([
      "lr: float(0.0001, 0.01, ( log: true, default: 0.001 )),",
      "units: int(16, 256, ( log: true, default: 64 )),",
      'optimizer: categorical(["adam", "sgd"], ( default: "adam" )),',
      "nesterov: categorical([false, true], ( default: false )),",
    ]);
    expect(absl).toContain("--optimizer {optimizer} {nesterov?--nesterov:--nonesterov}");
    const overridden = scriptStudy(CONFIGURATOR, "train.py", "python")!.text;
    expect(spaceOf(overridden)).toEqual([
      "nLayer: int(1, 12, ( default: 6 )),",
      "dropout: float(0, 0.6),",
      "bias: categorical([false, true], ( default: true )),",
      "learningRate: float(0.00006, 0.006, ( log: true, default: 0.0006 )),",
    ]);
    expect(overridden).toContain(
      '"python train.py --n_layer={nLayer} --dropout={dropout} {bias?--bias=True:--bias=False} --learning_rate={learningRate}"',
    );
    expect(overridden).toContain("// Not tuned: --out_dir, --max_iters");
  });

  const made = (text: string) => scriptStudy(text, "train.py", "python", (path) => hydraFiles[path])!.text;
  const commandOf = (study: string) => /^ {4}"(python .*)",$/m.exec(study)![1];

  it("has the parameters of the functions that typer and fire call, each with its flag", () => {
    expect(spaceOf(made(TYPER))).toEqual([
      "rate: float(0.0001, 0.01, ( log: true, default: 0.001 )),",
      "batchSize: int(16, 256, ( log: true, default: 64 )),",
      "hiddenUnits: int(1, 100, ( log: true )),",
      "bias: categorical([false, true], ( default: true )),",
    ]);
    expect(commandOf(made(TYPER))).toBe(
      "python train.py train --rate {rate} --batch_size {batchSize} --hidden-units {hiddenUnits} {bias?--bias:--no-bias} --epochs {epochs}",
    );
    const fire = made("def main(base_model: str = '', learning_rate: float = 3e-4, group=True): ...\nfire.Fire(main)");
    expect(commandOf(fire)).toBe("python train.py --learning_rate={learningRate} {group?--group=True:--group=False}");
  });

  it("has the fields of the dataclasses that a library makes options of", () => {
    const parsed = made(
      `${DATACLASSES}\nimport transformers\nHfArgumentParser((Arguments, transformers.TrainingArguments))`,
    );
    expect(commandOf(parsed)).toBe(
      "python train.py --learning_rate {learningRate} --optimizer {optimizer} --layers {layers} {bias?--bias=True:--bias=False} " +
        "--per_device_train_batch_size {perDeviceTrainBatchSize} --weight_decay {weightDecay} --num_train_epochs {epochs} --seed {seed}",
    );
    expect(spaceOf(parsed).slice(0, 2)).toEqual([
      "learningRate: float(0.00001, 0.001, ( log: true, default: 0.0001 )),",
      'optimizer: categorical(["adam", "sgd"], ( default: "adam" )),',
    ]);
    expect(commandOf(made(`${NESTED}\nargs = tyro.cli(Arguments)`))).toBe(
      "python train.py --optimizer.lr {optimizerLr} --hidden-units {hiddenUnits} {anneal?--anneal:--no-anneal}",
    );
    expect(commandOf(made(`${NESTED}\n@draccus.wrap()\ndef main(cfg: Arguments): ...`))).toContain(
      "--optimizer.lr {optimizerLr}",
    );
    const settings = "class Settings(BaseSettings, cli_parse_args=True):\n    lr: float = Field(0.1, gt=0)\n";
    expect(commandOf(made(settings))).toBe("python train.py --lr {lr}");
  });

  it("has the numbers of Hydra's configuration, and what overrides them", () => {
    const main = '@hydra.main(version_base=None, config_path="conf", config_name="config")\ndef main(cfg): ...';
    const study = made(main);
    expect(commandOf(study)).toBe(
      "python train.py optimizer.lr={optimizerLr} {useBias?use_bias=True:use_bias=False} trainer.clip={trainerClip} trainer.max_epochs={epochs} seed={seed}",
    );
    expect(study).toContain("epochs: { study: 10, retrain: 30 }");
    expect(study).toContain("// Not tuned: trainer.devices");
    const store =
      'cs = ConfigStore.instance()\ncs.store(name="config", node=Arguments)\n@hydra.main(config_name="config")\ndef main(cfg): ...';
    expect(commandOf(made(`${NESTED}\n${store}`))).toBe(
      "python train.py optimizer.lr={optimizerLr} hidden_units={hiddenUnits} {anneal?anneal=True:anneal=False}",
    );
    expect(scriptStudy(main, "train.py", "python")).toBeNull();
  });

  it("has what a script reads by tunelens_trial, which needs no flag", () => {
    const study = made('import tunelens_trial as trial\nLR = trial.params.get("learningRate", 1e-3)');
    expect(spaceOf(study)).toEqual(["learningRate: float(0.0001, 0.01, ( log: true, default: 0.001 )),"]);
    expect(commandOf(study)).toBe("python train.py");
  });

  it("says what to write where nothing can be tuned", () => {
    const constants = "import torch\nLEARNING_RATE = 1e-3  # The rate\nBATCH_SIZE: int = 64\nEPOCHS = 10\n";
    expect(describeNoOptions(constants, "python")).toBe(
      "It declares no option that can be tuned. To tune its constants, write import tunelens_trial as trial at its top, and in line 2 " +
        'LEARNING_RATE = trial.params.get("learningRate", 1e-3), in line 3 BATCH_SIZE = trial.params.get("batchSize", 64). Then try again.',
    );
    expect(describeNoOptions('p.add_argument("--data")', "python")).toMatch(
      /^None of the options that can be read \(--data\) is/,
    );
    expect(describeNoOptions("", "javascript")).toContain("util.parseArgs");
  });

  it.each([
    // How PyTorch's examples, word models, small GPTs, and others print, and what they print.
    [
      "print('\\nTest set: Average loss: {:.4f}, Accuracy: {}'.format(a, b))",
      "Test set: Average loss: 0.0521, Accuracy: 9",
      0.0521,
    ],
    [
      "print('====> Epoch: {} Average loss: {:.4f}'); print('====> Test set loss: {:.4f}')",
      "====> Test set loss: 98.2",
      98.2,
    ],
    [
      "print('| end of epoch {:3d} | valid loss {:5.2f} | valid ppl {:8.2f}')",
      "| end of epoch   1 | valid loss  5.12 | ",
      5.12,
    ],
    ["print(f'step {i}: train loss {t:.4f}, val loss {v:.4f}')", "step 20: train loss 4.1, val loss 4.2e-1", 0.42],
    ["print(f'latest loss: {l:.2f} val acc: {a:.2f}')", "latest loss: 0.50 val acc: 0.91", 0.91],
    ['print("Validation accuracy", acc)', "Validation accuracy 0.91", 0.91],
    ["console.log(`epoch ${epoch} test loss: ${loss.toFixed(3)}`)", "epoch 3 test loss: 0.125", 0.125],
  ])("reads the metric as it is printed: %s", (code, line, value) => {
    const made = scriptStudy(`p.add_argument("--lr", default=0.1)\n${code}`, "a.py", "python")!.text;
    const [, name, pattern] = /\{ report: "(\w+)", pattern: \/(.*)\/ \}/.exec(made)!;
    expect([...matchMetrics(line, new RegExp(pattern!), name!)]).toEqual([[name, value]]);
    expect(made).toContain(`direction: "${name!.includes("acc") ? "maximize" : "minimize"}"`);
  });

  it.each([
    ['print(f"epoch={e} val_loss={v:.3f} val_acc={a}")', "val_loss", "minimize"],
    ["print('[%d/%d] Loss_D: %.4f Loss_G: %.4f' % x)", "Loss_D", "minimize"],
    ["print(json.dumps({'epoch': e, 'val_acc': a}))", "val_acc", "maximize"],
    ["model.fit(x, y, validation_split=0.2)\nprint('Test accuracy:', a)", "val_loss", "minimize"],
    ["import keras\nmodel.fit(x, y)", "loss", "minimize"],
    ["tensorboard.add_scalar('Loss/test', x)", "val_loss", "minimize"],
    ["print(f'global_step={s}, episodic_return={r}')", "episodic_return", "maximize"],
    ["import transformers\ntrainer = Trainer(eval_strategy='epoch')", "eval_loss", "minimize"],
  ])("needs no pattern for lines that are read anyway: %s", (code, name, direction) => {
    const made = scriptStudy(`p.add_argument("--lr", default=0.1)\n${code}`, "a.py", "python")!.text;
    expect(made).toContain(`{ report: "${name}" }`);
    expect(made).toContain(`direction: "${direction}"`);
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
