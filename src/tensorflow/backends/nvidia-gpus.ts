import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** An NVIDIA GPU that this process was started with. */
export interface NvidiaGpu {
  /** Its UUID: CUDA's numbers are not those of the driver. */
  readonly id: string;
  readonly name: string;
  /** Bytes; missing if the driver does not tell. */
  readonly memory?: number;
}

const VISIBLE = "CUDA_VISIBLE_DEVICES";
const TIMEOUT_MS = 10_000;

/**
 * The GPUs that `CUDA_VISIBLE_DEVICES` lets this process use, as it was set when this was first called. Empty if there are none, and if
 * `nvidia-smi` is missing: a container may have a GPU without it.
 */
export function nvidiaGpus(): Promise<readonly NvidiaGpu[]> {
  return (listed ??= list(process.env[VISIBLE]));
}

/** From now on, this process and those that it starts see this GPU alone. Call it before TensorFlow is loaded. */
export function keepToGpu(id: string): void {
  process.env[VISIBLE] = id;
}

let listed: Promise<readonly NvidiaGpu[]> | undefined;

async function list(visible: string | undefined): Promise<readonly NvidiaGpu[]> {
  const query = [
    "--query-gpu=uuid,name,memory.total",
    "--format=csv,noheader,nounits",
    ...(visible === undefined ? [] : [`--id=${visible}`]),
  ];
  try {
    const { stdout } = await promisify(execFile)("nvidia-smi", query, { timeout: TIMEOUT_MS });
    return stdout.split("\n").filter(Boolean).map(parse);
  } catch {
    return [];
  }
}

function parse(line: string): NvidiaGpu {
  const [id = "", name = "", mebibytes = ""] = line.split(",").map((part) => part.trim());
  return { id, name, ...(Number(mebibytes) > 0 ? { memory: Number(mebibytes) * 2 ** 20 } : {}) };
}
