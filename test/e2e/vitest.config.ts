import { defineConfig } from "vitest/config";

/** Tests in a real browser; one at a time, since each fills a small machine. */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts"],
    globalSetup: ["test/temporary-folder.ts", "test/e2e/shared-extension.ts"],
    fileParallelism: false,
    // By default a second, which a browser may take for one frame on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
