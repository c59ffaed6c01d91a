import { join } from "node:path";
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
