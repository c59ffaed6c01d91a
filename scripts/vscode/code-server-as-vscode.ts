#!/usr/bin/env node
/**
 * Stands in for the desktop VS Code's executable, for @vscode/test-electron's `runTests`: takes the options that desktop VS Code takes,
 * runs the suite in a code-server extension host with a headless Chromium before it, and ends with the suite's exit code.
 */
import { developmentOptions, startCodeServer, workbenchUrl } from "./code-server.ts";
import { launchChromium } from "./browser.ts";

const options = new Map<string, string>();
const positional: string[] = [];
for (const argument of process.argv.slice(2)) {
  const [, name, value] = /^--([^=]+)=?(.*)$/.exec(argument) ?? [];
  if (name) options.set(name, value ?? "");
  else positional.push(argument);
}
const workspace = positional[0] ?? process.cwd();
const LIMIT_MS = 20 * 60_000;

const server = await startCodeServer({
  workspace,
  options: developmentOptions,
  // The suite runs in the extension host, a grandchild: it inherits what `runTests` put into the environment.
  settings: JSON.parse(process.env.TUNELENS_TEST_SETTINGS ?? "{}") as Record<string, unknown>,
});
const browser = await launchChromium();
let code = 1;
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const exited = new Promise<number>((resolve) => {
    void page.exposeFunction("codeAutomationExit", (exitCode?: number) => resolve(exitCode ?? 0));
    void page.exposeFunction("codeAutomationLog", (type: string, args: unknown) =>
      console.log(...(Array.isArray(args) ? (args as unknown[]) : [type, args])),
    );
    setTimeout(() => {
      console.error(`The suite did not end within ${LIMIT_MS / 60_000} minutes.`);
      resolve(1);
    }, LIMIT_MS).unref();
  });
  await page.goto(
    workbenchUrl(server, {
      workspace,
      extensionDevelopmentPath: options.get("extensionDevelopmentPath"),
      extensionTestsPath: options.get("extensionTestsPath"),
    }),
  );
  code = await exited;
} finally {
  await browser.close();
  server.stop();
}
process.exit(code);
