/**
 * `npm run watch`: builds everything, and again whatever changes, until Ctrl-C. Each part says when it is done, as VS Code's task
 * (.vscode/tasks.json) expects.
 */
import { spawn } from "node:child_process";
import { watch } from "node:fs";

const parts = [
  run("tsc", "-p", "tsconfig.build.json", "--watch", "--preserveWatchOutput"),
  run("node", "scripts/build-extension.mjs", "--sourcemap", "--watch"),
  run("node", "scripts/build-webview.mjs", "--sourcemap", "--watch"),
];
const kernels = () => run("node", "scripts/build-kernels.mjs");
let soon = setTimeout(kernels);
watch("src/tensorflow/backends/wasm/assembly", () => {
  // An editor that saves a file tells of it several times.
  clearTimeout(soon);
  soon = setTimeout(kernels, 100);
});

/** One part that ends, ends all: a build that nobody watches any more would only look alive. */
for (const part of parts) {
  part.on("exit", (code) => {
    for (const other of parts) other.kill();
    process.exit(code ?? 1);
  });
}

function run(command, ...args) {
  return spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], shell: process.platform === "win32" });
}
