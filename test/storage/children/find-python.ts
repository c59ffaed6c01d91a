import { spawnSync } from "node:child_process";

/**
 * A Python that has Optuna 5, and the module `needed`: the one named by TUNELENS_PYTHON, or python3.
 * @throws Error where there is none, though TUNELENS_REQUIRE_OPTUNA (TUNELENS_REQUIRE_PYTEST) is 1.
 */
export function findPython(needed: "optuna" | "pytest" = "optuna"): string | undefined {
  for (const python of [process.env["TUNELENS_PYTHON"], "python3"]) {
    if (!python) continue;
    const script = `import optuna, ${needed}; print(optuna.__version__)`;
    if (spawnSync(python, ["-c", script], { encoding: "utf8" }).stdout?.startsWith("5.")) return python;
  }
  const missing = `No Python with Optuna 5${needed === "optuna" ? "" : ` and ${needed}`} found: name one in TUNELENS_PYTHON`;
  const require = `TUNELENS_REQUIRE_${needed.toUpperCase()}`;
  if (process.env[require] === "1") throw new Error(`${missing}, or unset ${require}.`);
  console.warn(`Skipped: tests against Python's Optuna. ${missing}.`);
  return undefined;
}
