import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TunelensError } from "../engine/errors.js";
import type { BackendInfo, InstallBackendRequest, LogLine } from "../protocol/trainer.js";
import { canBuild } from "../tensorflow/backends/backend.js";
import { probeIsolated } from "../tensorflow/backends/isolated-probe.js";
import { isInstalled } from "../tensorflow/backends/workspace-module.js";
import { StoppedError } from "./call-context.js";

/** The versions that are built: TensorFlow's C interface is stable, this package's is not. */
const PACKAGE_VERSION = "4.22.0";
const HEADERS = "node-api-headers@1";
/** Where the packages look for their native code. */
const ADDON = "lib/napi-v8/tfjs_binding.node";
const otherLocks = ["pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"];
/** A probe that loads everything would take seconds. */
const DESCRIBE_TENSORFLOW = `
import importlib.util as u, json, os, runpy
spec = u.find_spec("tensorflow")
folder = spec.submodule_search_locations[0] if spec else None
info = os.path.join(folder, "python", "platform", "build_info.py") if folder else None
print(json.dumps({ "folder": folder, "cuda": bool(info and runpy.run_path(info)["build_info"]["is_cuda_build"]) }))
`;

/** A training backend could not be installed; the workspace is as it was. */
class InstallError extends TunelensError {
  override readonly name = "InstallError";
  constructor(message: string, options?: ErrorOptions) {
    super("install-failed", message, options);
  }
}

/** Where a command runs, and what stops it. */
interface Where {
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** `cwd` gets the package. */
export interface InstallContext extends Where {
  readonly log: (line: LogLine) => void;
}

/** What the building needs. */
interface Tools {
  readonly compiler: string;
  /** The folder of Python's package, which has TensorFlow's library and headers. */
  readonly tensorflow: string;
}

/** A Python's. */
interface TensorFlow {
  readonly folder: string;
  readonly cuda: boolean;
}

interface Build extends InstallContext {
  readonly backend: InstallBackendRequest["backend"];
  /** Deleted at the end. */
  readonly folder: string;
}

/**
 * Builds `@tensorflow/tfjs-node` or `-gpu` against the TensorFlow of a Python, so that it uses that one's version of CUDA, and adds it to the
 * workspace. The published packages download TensorFlow 2.9 instead, which needs CUDA 11.2. All is built and tried in a temporary folder: the
 * workspace changes only if a training step worked.
 * @throws InstallError naming what is missing, or what failed.
 */
export async function installTfjsNode(request: InstallBackendRequest, context: InstallContext): Promise<BackendInfo> {
  const { backend } = request;
  const { cwd, signal, log } = context;
  if (!canBuild(backend))
    throw new InstallError(`Building ${backend} is supported on Linux only. Run: npm install @tensorflow/${backend}`);
  const tools = await findTools(request, context);
  const folder = await mkdtemp(join(tmpdir(), "tunelens-install-"));
  try {
    const build: Build = { ...context, backend, folder };
    log({ level: "info", message: `Building @tensorflow/${backend} against ${tools.tensorflow}…` });
    const addon = await buildAddon(build, tools);
    log({ level: "info", message: "Training a network for one step on it…" });
    const probe = await probeIsolated(backend, { workspace: folder });
    if (signal.aborted) throw new StoppedError();
    if (!probe.usable) throw new InstallError(`${backend} was built, but can't train: ${probe.reason}`);
    log({ level: "info", message: `Adding it to ${cwd}…` });
    await addToWorkspace(build, addon);
    return probe.description;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws InstallError with everything that is missing, so that nobody has to try several times. */
async function findTools(request: InstallBackendRequest, context: InstallContext): Promise<Tools> {
  const { backend, python } = request;
  const { cwd, log, signal } = context;
  const [npm, compiler, found] = await Promise.all([
    findCommand(["npm"], context),
    findCommand([process.env["CXX"], "c++", "g++", "clang++"], context),
    findTensorFlow(python ? [python] : pythonsOf(cwd), context),
  ]);
  if (signal.aborted) throw new StoppedError();
  const missing = [
    ...(npm === undefined ? ["npm, which comes with Node.js"] : []),
    ...(compiler === undefined ? ["a C++ compiler: install g++ or clang, or set CXX"] : []),
    ...missingTensorFlow(request, found),
    ...missingPackage(backend, cwd),
  ];
  if (missing.length > 0)
    throw new InstallError(
      `To build ${backend}, this machine also needs:\n${missing.map((what) => `- ${what}`).join("\n")}`,
    );
  log({ level: "info", message: `Found npm, ${compiler}, and TensorFlow for Python in ${found!.folder}.` });
  return { compiler: compiler!, tensorflow: found!.folder };
}

/** As a command's program is found: what the user or the editor names, the folder's, and the PATH's. */
function pythonsOf(cwd: string): string[] {
  const named = process.env["TUNELENS_PYTHON"];
  return [...(named ? [named] : []), join(cwd, ".venv", "bin", "python"), "python3", "python"];
}

function missingTensorFlow({ backend, python }: InstallBackendRequest, found: TensorFlow | undefined): string[] {
  const gpu = backend === "tfjs-node-gpu";
  const wheel = gpu ? "'tensorflow[and-cuda]'" : "tensorflow-cpu";
  const what = `run python3 -m venv .venv && .venv/bin/pip install ${wheel}, or name another Python`;
  if (!found) return [`TensorFlow for Python${python ? ` in ${python}` : ""}: ${what}`];
  return gpu && !found.cuda ? [`a TensorFlow with CUDA, which that in ${found.folder} is without: ${what}`] : [];
}

/** Only npm adds a package here; npm in a folder of another package manager would install all of it anew. */
function missingPackage(backend: InstallBackendRequest["backend"], cwd: string): string[] {
  const other = otherLocks.find((file) => existsSync(join(cwd, file)));
  if (other === undefined || isInstalled(backend, cwd)) return [];
  return [
    `@tensorflow/${backend}@${PACKAGE_VERSION}, without its install script: add it yourself, because of this folder's ${other}`,
  ];
}

async function findCommand(names: readonly (string | undefined)[], where: Where): Promise<string | undefined> {
  for (const name of names) if (name && (await succeeds(name, ["--version"], where))) return name;
  return undefined;
}

async function succeeds(command: string, args: readonly string[], where: Where): Promise<boolean> {
  return run(command, args, where).then(
    () => true,
    () => false,
  );
}

async function findTensorFlow(pythons: readonly string[], where: Where): Promise<TensorFlow | undefined> {
  for (const python of pythons) {
    try {
      const { folder, cuda } = JSON.parse(await run(python, ["-c", DESCRIBE_TENSORFLOW], where)) as {
        folder: string | null;
        cuda: boolean;
      };
      if (folder && (await isFile(join(folder, "libtensorflow_cc.so.2")))) return { folder, cuda };
    } catch {
      continue; // No such Python, or one with a TensorFlow of another form.
    }
  }
  return undefined;
}

/** @returns the path of the native code. */
async function buildAddon(build: Build, { compiler, tensorflow }: Tools): Promise<string> {
  const { backend, folder } = build;
  // Without its script, which downloads another TensorFlow.
  await npmInstall(folder, [`@tensorflow/${backend}@${PACKAGE_VERSION}`, HEADERS], build);
  const modules = join(folder, "node_modules");
  const sources = join(modules, "@tensorflow", backend, "binding");
  const files = (await readdir(sources)).filter((name) => name.endsWith(".cc"));
  const addon = join(modules, "@tensorflow", backend, ADDON);
  await mkdir(join(addon, ".."), { recursive: true });
  await run(
    compiler,
    [
      ...["-shared", "-fPIC", "-O2", "-std=c++17", "-DNAPI_VERSION=8"],
      ...[`-I${join(tensorflow, "include")}`, `-I${join(modules, "node-api-headers", "include")}`],
      ...files.map((name) => join(sources, name)),
      // The wheel's own files by their own names: links to them would not find CUDA, which they look for beside themselves.
      ...[`-L${tensorflow}`, "-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2", `-Wl,-rpath,${tensorflow}`],
      ...["-o", addon],
    ],
    build,
  );
  return addon;
}

/** Isn't stopped: it takes seconds, and npm would leave half of it. */
async function addToWorkspace({ backend, cwd }: Build, addon: string): Promise<void> {
  const context = { cwd, signal: new AbortController().signal };
  const had = isInstalled(backend, cwd);
  if (!had) await npmInstall(cwd, [`@tensorflow/${backend}@${PACKAGE_VERSION}`], context);
  const installed = join(cwd, "node_modules", "@tensorflow", backend, ADDON);
  try {
    await mkdir(join(installed, ".."), { recursive: true });
    // Whole or not at all, also where a process has the earlier one open.
    await cp(addon, `${installed}.new`);
    await rename(`${installed}.new`, installed);
  } catch (error) {
    await rm(`${installed}.new`, { force: true });
    if (!had) await run("npm", ["uninstall", "--no-audit", "--no-fund", `@tensorflow/${backend}`], context);
    throw new InstallError(`Cannot write ${installed}: ${(error as Error).message}`, { cause: error });
  }
}

async function npmInstall(folder: string, packages: readonly string[], { signal }: Where): Promise<void> {
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", folder];
  await run("npm", ["install", ...options, ...packages], { cwd: folder, signal });
}

/**
 * @returns what the command printed.
 * @throws InstallError with the end of what it complained about.
 */
function run(command: string, args: readonly string[], { signal, cwd }: Where): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, signal, stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (text: string) => (output[name] += text));
    child.on("error", (error) => reject(signal.aborted ? new StoppedError() : error));
    child.on("close", (code) => {
      if (code === 0) resolve(output.stdout);
      else reject(new InstallError(`${command} ended with exit code ${code}:\n${output.stderr.trim().slice(-4_000)}`));
    });
  });
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
