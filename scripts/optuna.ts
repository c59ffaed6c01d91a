/**
 * `node scripts/optuna.ts FILE` sets up a Python with Optuna, pytest, and scikit-learn, and writes the environment in which tests find them: JSON. Where there
 * is none and none can be installed it is empty: the tests against Optuna are skipped.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { install, succeeds } from "./install.ts";

/**
 * A Python with Optuna 5.0.0 to compare with: the one TUNELENS_PYTHON names, else one in `.cache/optuna`, installed when it is
 * first needed.
 * @returns the interpreter's path, or `undefined` where there is none and none can be installed.
 */
export function provisionOptuna(): string | undefined {
  const environment = fileURLToPath(new URL("../.cache/optuna", import.meta.url));
  const python = process.env.TUNELENS_PYTHON ?? join(environment, "bin", "python");
  const has = () => succeeds(python, ["-c", "import optuna; assert optuna.__version__ == '5.0.0'"], "ignore");
  if (!has() && !process.env.TUNELENS_PYTHON) {
    console.log("\n▸ installing Optuna 5.0.0 to compare with (once)");
    const create = () => succeeds("python3", ["-m", "venv", "--clear", environment], "ignore");
    if (create() || (install("python3-venv") && create()))
      succeeds(python, ["-m", "pip", "install", "-q", "--retries", "0", "--timeout", "20", "optuna==5.0.0"], "ignore");
  }
  return has() ? python : undefined;
}

/** A Python with Optuna 5.0.0 makes the interop tests obligatory. */
function optunaEnvironment(): NodeJS.ProcessEnv {
  const python = provisionOptuna();
  if (python)
    return {
      TUNELENS_PYTHON: python,
      TUNELENS_REQUIRE_OPTUNA: "1",
      ...provisionPytest(python),
      ...provisionScikitLearn(python),
    };
  console.warn("Cannot install Optuna 5.0.0 for Python: skipping the tests against it.");
  return {};
}

/** What runs Optuna's own tests for storages; kept apart from a Python that is not ours. */
function provisionPytest(python: string): NodeJS.ProcessEnv {
  const folder = fileURLToPath(new URL("../.cache/pytest", import.meta.url));
  const env = { PYTHONPATH: [folder, process.env.PYTHONPATH].filter(Boolean).join(delimiter) };
  const has = () => spawnSync(python, ["-c", "import pytest"], { env: { ...process.env, ...env } }).status === 0;
  if (!has()) succeeds(python, ["-m", "pip", "install", "-q", "--target", folder, "pytest"], "ignore");
  if (has()) return { ...env, TUNELENS_REQUIRE_PYTEST: "1" };
  console.warn("Cannot install pytest: skipping Optuna's own tests for storages.");
  return {};
}

/** What the example in Python needs; not put into a Python that is not ours. */
function provisionScikitLearn(python: string): NodeJS.ProcessEnv {
  const has = () => succeeds(python, ["-c", "import sklearn"], "ignore");
  if (!has() && !process.env.TUNELENS_PYTHON)
    succeeds(python, ["-m", "pip", "install", "-q", "--retries", "0", "--timeout", "20", "scikit-learn"], "ignore");
  if (has()) return { TUNELENS_REQUIRE_SCIKIT_LEARN: "1" };
  console.warn("Cannot install scikit-learn: skipping its example.");
  return {};
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(process.argv[2]!, JSON.stringify(optunaEnvironment()));
