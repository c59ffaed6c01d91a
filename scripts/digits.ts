/** `npm start`: the digits study in the terminal, in the example workspace, so that VS Code finds it there too. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const examples = fileURLToPath(new URL("../examples", import.meta.url));
const { status } = spawnSync(process.execPath, [cli, "run", "digits.study.ts", ...process.argv.slice(2)], {
  cwd: examples,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
