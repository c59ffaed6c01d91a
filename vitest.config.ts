import { defineConfig } from "vitest/config";

/** Tests of whole processes and threads: they run what `test/build.ts` bundles. */
const processes = [
  "test/{supervisor,trainer,cli}/**/*.test.ts",
  "test/inspector/process.test.ts",
  "test/extension/{inspector-connection,source-reader}.test.ts",
];

/** Rooms whose tests leave nothing behind in their process: they share one, and what it has loaded. */
const quick = ["test/{docs,engine,format,inspector,protocol,scripts,source,storage,webview}/**/*.test.ts"];

const notHere = ["test/{integration,e2e,install,fixtures}/**", "node_modules/**"];

export default defineConfig({
  test: {
    expect: { poll: { timeout: 30_000 } },
    testTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "quick",
          isolate: false,
          globalSetup: ["test/temporary-folder.ts", "test/build-kernels.ts"],
          include: quick,
          exclude: processes,
        },
      },
      {
        extends: true,
        test: {
          name: "unit",
          globalSetup: ["test/temporary-folder.ts", "test/build-kernels.ts"],
          include: ["test/**/*.test.ts"],
          exclude: [...quick, ...processes, ...notHere],
        },
      },
      {
        extends: true,
        test: { name: "processes", include: processes, globalSetup: ["test/temporary-folder.ts", "test/build.ts"] },
      },
    ],
  },
});
