import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../../", import.meta.url)),
    include: ["test/install/**/*.test.ts"],
    globalSetup: "test/temporary-folder.ts",
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // An installation keeps one core busy, and the disk.
    maxConcurrency: 2,
  },
});
