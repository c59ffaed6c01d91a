import type { BackendName } from "../../../src/engine/training-backend.js";

/** A folder in which optional backends are installed. `scripts/test-backends.ts` makes it. */
export const workspace = process.env["TUNELENS_BACKENDS"] ?? process.cwd();

/** What is tested in this run. wasm is always there, and complete. */
export const backendUnderTest = (process.env["TUNELENS_TEST_BACKEND"] ?? "wasm") as BackendName;
