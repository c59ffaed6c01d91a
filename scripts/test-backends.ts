/**
 * `npm run test:backends`: gradients, losses, saved models and seeds on every optional training backend that is available on this machine.
 * tfjs-node is installed into a workspace, `.cache/backends`, as a user would: `tunelens install tfjs-node` builds it against Python's
 * `tensorflow` (of the Python that TUNELENS_KERAS_PYTHON or TUNELENS_PYTHON names, or `python3`). wasm needs none of this: its column stands
 * in the table of layer types that ends the output, unless `--optional` leaves it out, as `npm test` does, which has all of wasm's tests anyway.
 */
import { spawnSync } from "node:child_process";
import Table from "cli-table3";
import { existsSync, mkdirSync, readFileSync, writeFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { install, succeeds } from "./install.ts";

/** What Vitest's JSON reporter writes. */
interface VitestReport {
  readonly testResults: readonly { readonly assertionResults: readonly TestResult[] }[];
}

interface TestResult {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
}

interface Report {
  readonly success: boolean;
  readonly tests: readonly TestResult[];
}

const root = fileURLToPath(new URL("../", import.meta.url));
const workspace = join(root, ".cache", "backends");
const manifest = join(workspace, "package.json");
const cli = join(root, "dist", "cli", "main.js");
const addon = join(workspace, "node_modules", "@tensorflow", "tfjs-node");

/** Debian's chromium brings a software GPU along: enough to see that what webgpu computes is right. */
const SOFTWARE_GPU = "/usr/lib/chromium/vk_swiftshader_icd.json";

const env: NodeJS.ProcessEnv = { ...process.env, TUNELENS_BACKENDS: workspace, ...softwareGpu() };
mkdirSync(workspace, { recursive: true });
if (!existsSync(manifest)) writeFileSync(manifest, JSON.stringify({ private: true }));
const provisioned: Record<string, boolean> = {
  "tfjs-node": existsSync(join(addon, "lib", "napi-v8", "tfjs_binding.node")) || buildAddon(),
  webgpu: hasAdapter() || (install("libvulkan1") && hasAdapter()),
};
const always: Record<string, boolean> = process.argv.includes("--optional") ? {} : { wasm: true };
const reports = Object.entries({ ...always, ...provisioned }).map(([name, has]) => {
  const file = join(workspace, `report-${name}.json`);
  // One that is there is of this run.
  rmSync(file, { force: true });
  return { name, report: has && reportOf(name, file) };
});
printLayerTypes();
for (const { name, report } of reports)
  console.log(`${name}: ${report ? (report.success ? "passed" : "failed") : "not available here"}`);
process.exitCode = reports.some(({ report }) => report && !report.success) ? 1 : 0;

/** A process for each: TensorFlow's and Dawn's native code disturb each other in one. */
function reportOf(backend: string, file: string): Report {
  const tests = [
    "test/tensorflow/gradients",
    "test/tensorflow/losses",
    "optional-backends",
    "fused-kernels",
    "empty-outputs",
  ];
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const { status } = spawnSync("vitest", ["run", "--project", "unit", ...tests, ...reporters], {
    cwd: root,
    stdio: "inherit",
    env: { ...env, TUNELENS_TEST_BACKEND: backend },
  });
  const { testResults } = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as VitestReport)
    : { testResults: [] };
  return { success: status === 0, tests: testResults.flatMap(({ assertionResults }) => assertionResults) };
}

/** Loss and gradients of each layer type, and the first steps under each loss and optimizer, on each backend that is here. */
function printLayerTypes(): void {
  const columns = reports.map(({ report }) => {
    const listed = report ? report.tests.filter(isListed) : [];
    return new Map(listed.map(({ title, status }) => [title, status]));
  });
  const head = ["Layers; losses; optimizers", ...reports.map(({ name }) => name)];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const layer of new Set(columns.flatMap((column) => [...column.keys()])))
    table.push([layer, ...columns.map((column) => column.get(layer) ?? "–")]);
  console.log(table.toString());
}

function isListed({ ancestorTitles: [group = ""], title }: TestResult): boolean {
  return /^(gradients|losses) on/.test(group) || (group === "optimizers" && title.includes("takes the steps"));
}

/** As users build it, where their Python has TensorFlow. */
function buildAddon(): boolean {
  const { TUNELENS_KERAS_PYTHON, TUNELENS_PYTHON } = process.env;
  const python = [TUNELENS_KERAS_PYTHON, TUNELENS_PYTHON, "python3"].find((named) => named && hasTensorFlow(named));
  return python !== undefined && ran(process.execPath, [cli, "install", "tfjs-node", "--python", python]);
}

function hasTensorFlow(python: string): boolean {
  const ask = "import importlib.util as u, sys; sys.exit(u.find_spec('tensorflow') is None)";
  return spawnSync(python, ["-c", ask]).status === 0;
}

function softwareGpu(): NodeJS.ProcessEnv {
  if (process.env.VK_ICD_FILENAMES || !existsSync(SOFTWARE_GPU)) return {};
  return { VK_ICD_FILENAMES: SOFTWARE_GPU, XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? "/tmp" };
}

function hasAdapter(): boolean {
  const ask = "import('webgpu').then(({ create }) => create([]).requestAdapter()).then((a) => process.exit(a ? 0 : 1))";
  return spawnSync(process.execPath, ["-e", ask], { cwd: root, env, timeout: 60_000 }).status === 0;
}

function ran(command: string, args: string[]): boolean {
  return succeeds(command, args, "inherit", workspace);
}
