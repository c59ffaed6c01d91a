import { fork } from "node:child_process";
import { type BackendName, backendNames } from "../../engine/training-backend.js";
import { type BackendContext, BackendUnavailableError, canBuild, notInstalled, type Probe } from "./backend.js";
import { isTooManyOpenFiles, TOO_MANY_OPEN_FILES_MESSAGE } from "../../open-files.js";
import { isInstalled } from "./workspace-module.js";

/** A first start may compile kernels for the card. */
const TIMEOUT_MS = 60_000;
const LAST_WORDS_CHARACTERS = 4_000;

export interface ProbeOptions extends BackendContext {
  /** How long a backend may take to start and to train a step, in milliseconds. Default: a minute. */
  readonly timeout?: number;
}

/** What has a native part, and what to do where that ends the process. */
const afterCrash: Readonly<Partial<Record<BackendName, string>>> = {
  "tfjs-node-gpu":
    "The NVIDIA driver, CUDA, and cuDNN must match the versions that the package was built for: 11.2 and 8.1 for version 4.22.",
  webgpu: "Update the graphics driver, or set TUNELENS_WEBGPU_ADAPTER to the name of another adapter.",
  "tfjs-node": "Its native code may not match this CPU or operating system. Run: npm rebuild @tensorflow/tfjs-node",
};

/** Tries every backend, best first. */
export function probeBackends(options: ProbeOptions): Promise<readonly Probe[]> {
  return Promise.all(
    backendNames.map(async (name) => {
      const probe = await probeIsolated(name, options);
      return probe.usable || !canBuild(name) ? probe : { ...probe, canBuild: true };
    }),
  );
}

/**
 * Tries a backend in a process of its own: native code that crashes or hangs does so there, two of them in one process would disturb
 * each other, and the memory of a GPU is given back.
 */
export async function probeIsolated(name: BackendName, options: ProbeOptions): Promise<Probe> {
  if (isInstalled(name, options.workspace)) return probeInProcess(name, options);
  const { reason, command } = notInstalled(name);
  return { name, usable: false, reason, command };
}

/**
 * Tries a backend that has a native part as {@link probeIsolated} does; the others can do no harm.
 * @throws BackendUnavailableError with the reason and what to do about it.
 */
export async function checkIsolated(name: BackendName, options: ProbeOptions): Promise<void> {
  if (!(name in afterCrash)) return;
  const probe = await probeIsolated(name, options);
  if (!probe.usable) throw new BackendUnavailableError(name, probe.reason, probe);
}

function probeInProcess(name: BackendName, { workspace, timeout = TIMEOUT_MS }: ProbeOptions): Promise<Probe> {
  return new Promise((resolve) => {
    const child = fork(new URL("./probe-process.js", import.meta.url), [name, workspace], {
      cwd: workspace,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let lastWords = "";
    let told: Probe | undefined;
    const unusable = (reason: string) => resolve({ name, usable: false, reason });
    const timer = setTimeout(() => {
      unusable(`it did not complete a training step within ${timeout / 1000} s. ${afterCrash[name] ?? ""}`.trim());
      child.kill("SIGKILL");
    }, timeout);
    // A child that there were no files for has no streams.
    child.stderr?.setEncoding("utf8");
    child.stderr?.on("data", (text: string) => (lastWords = (lastWords + text).slice(-LAST_WORDS_CHARACTERS)));
    child.on("message", (probe) => (told = probe as Probe));
    child.on("error", (error) => {
      if (child.pid === undefined) clearTimeout(timer);
      const reason = isTooManyOpenFiles(error) ? TOO_MANY_OPEN_FILES_MESSAGE : error.message;
      unusable(`its process cannot start: ${reason}`);
    });
    // After its last output.
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (told) resolve(withVulkansReason(told, lastWords));
      else {
        const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
        unusable(`it crashed: its process ${how}${lastLine(lastWords)}. ${afterCrash[name] ?? ""}`.trim());
      }
    });
  });
}

/** Why there is no adapter, Dawn says on stderr alone. */
function withVulkansReason(probe: Probe, said: string): Probe {
  if (probe.usable || probe.name !== "webgpu") return probe;
  const [, reason] = vulkansReasons.find(([words]) => words.test(said)) ?? [];
  return reason === undefined ? probe : { ...probe, reason };
}

const vulkansReasons: readonly (readonly [words: RegExp, reason: string])[] = [
  [
    /Couldn't load Vulkan/,
    "the Vulkan loader, libvulkan.so.1, is missing. Install it (in Debian, Ubuntu: libvulkan1; in Fedora, Arch: vulkan-loader or " +
      "vulkan-icd-loader), and a graphics driver with Vulkan.",
  ],
  [
    /VK_ERROR_INCOMPATIBLE_DRIVER/,
    "Vulkan has no graphics driver here. Install that of the card; in a container, it also needs access to the card.",
  ],
];

/** `: what it said last`, without stacks. */
function lastLine(text: string): string {
  const [words = ""] = text.split(/^-+ Native stack trace/m);
  const lines = words.split("\n").map((line) => line.trim());
  const said = lines.findLast((line) => line && !/^(at |Node\.js v)/.test(line));
  return said ? `: ${said.replace(/\.$/, "")}` : "";
}
