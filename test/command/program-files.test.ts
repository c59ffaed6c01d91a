import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parseCommand } from "../../src/command/command-line.js";
import { programFiles } from "../../src/command/program-files.js";
import { temporaryFolder } from "../temporary-folder.js";

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

function filesOf(command: string, { shell = false, cwd = "" } = {}): string[] {
  const found = programFiles(parseCommand(command, shell), join(folder, cwd));
  return found.map((file) => relative(folder, file).replaceAll("\\", "/")).sort();
}

describe("the code of a command's program", () => {
  it("is the script that it names, and nothing that is given to it", () => {
    write({ "train.py": "", "data.csv": "", "other.py": "", "config.yaml": "" });
    expect(filesOf("uv run python train.py --data data.csv --config config.yaml --lr {lr} {lr}.py")).toEqual([
      "train.py",
    ]);
    expect(filesOf("python missing.py")).toEqual([]);
    expect(filesOf("cat data.csv | python 'train.py' && echo {x}", { shell: true })).toEqual(["train.py"]);
  });

  it("may be in a folder of its own", () => {
    write({ "lab/train.py": "import model", "lab/model.py": "", "model.py": "" });
    expect(filesOf("python train.py", { cwd: "lab" })).toEqual(["lab/model.py", "lab/train.py"]);
  });

  it("has the modules that Python imports of its folder", () => {
    write({
      "train.py":
        "import torch, model as m\nfrom lab import (\n  data,  # the images\n  layers,\n)\nif True:\n    from lab.deep import net\n",
      "model.py": "# import unused",
      "unused.py": "",
      "lab/__init__.py": "from . import layers\nfrom .. import outside",
      "lab/data.py": "from .deep.net import Net\nfrom ..config import C",
      "lab/layers.py": "",
      "lab/deep/__init__.py": "",
      "lab/deep/net.py": "import train",
      "config.py": "",
    });
    expect(filesOf("python train.py")).toEqual([
      ...["config.py", "lab/__init__.py", "lab/data.py", "lab/deep/__init__.py", "lab/deep/net.py", "lab/layers.py"],
      ...["model.py", "train.py"],
    ]);
  });

  it("is a module that Python runs", () => {
    write({ "lab/__init__.py": "", "lab/__main__.py": "from lab import a", "lab/a.py": "", "lab/b.py": "" });
    expect(filesOf("python -m lab --lr {lr}")).toEqual(["lab/__init__.py", "lab/__main__.py", "lab/a.py"]);
    expect(filesOf("python -m lab.b")).toEqual(["lab/__init__.py", "lab/b.py"]);
    expect(filesOf("python -m")).toEqual([]);
  });

  it("has what JavaScript imports by a path, and any code that it names in quotes", () => {
    write({
      "train.mjs": 'import { a } from "./a.js";\nimport fs from "node:fs";\nconst b = require("./lib/b");\n',
      "a.js": 'spawn("python", ["work.py"])',
      "lib/b.cjs": 'import("../../outside.js")',
      "work.py": "exec(open('configurator.py').read())",
      "configurator.py": "",
      "node_modules/c/index.js": "",
    });
    expect(filesOf("node train.mjs")).toEqual(["a.js", "configurator.py", "lib/b.cjs", "train.mjs", "work.py"]);
    expect(filesOf("node node_modules/c/index.js")).toEqual([]);
  });

  it("has what a shell's script runs", () => {
    write({ "train.sh": "python train.py $1", "train.py": "" });
    expect(filesOf("sh train.sh {lr}")).toEqual(["train.py", "train.sh"]);
  });
});
