import { defineConfig } from "vitest/config";

/** Tests of whole processes and threads: they run what `build:node` wrote. */
const processes = [
  "test/{supervisor,trainer,cli}/**/*.test.ts",
  "test/inspector/process.test.ts",
  "test/extension/{inspector-connection,source-reader}.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          globalSetup: "test/build-kernels.ts",
          include: ["test/**/*.test.ts"],
          exclude: [
            ...processes,
            "test/integration/**",
            "test/e2e/**",
            "test/install/**",
            "test/fixtures/**",
            "node_modules/**",
          ],
          typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "tsconfig.json" },
        },
      },
      {
        extends: true,
        test: { name: "processes", include: processes, globalSetup: "test/build.ts" },
      },
    ],
  },
});
