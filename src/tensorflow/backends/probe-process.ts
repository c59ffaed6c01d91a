import type { BackendName } from "../../engine/training-backend.js";
import { probeBackend } from "./use-backend.js";

/** The process in which `probeIsolated` tries a backend: its name and the workspace are the arguments. */

process.once("disconnect", () => process.exit());
const [name, workspace] = process.argv.slice(2);
const probe = await probeBackend(name as BackendName, { workspace: workspace! });
// Dawn would keep the process alive.
process.send!(probe, () => process.exit());
