import { existsSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launchChromium } from "../../../scripts/vscode/browser.ts";
import { type FakeHost, type OpenDashboard, openDashboard, type OpenOptions } from "./harness.js";

/** A dashboard, and its host. */
type Opened = OpenDashboard & { readonly host: FakeHost };

/**
 * One browser for the tests of a file, which open dashboards in it. They are closed after each test, which fails if a page said anything that it
 * should not have.
 */
export function dashboards(): (host: FakeHost, options?: OpenOptions) => Promise<Opened> {
  let browser: Browser;
  let opened: OpenDashboard[] = [];

  beforeAll(async () => {
    if (!existsSync(new URL("../../../dist/webview/dashboard.js", import.meta.url)))
      throw new Error("The dashboard is not built: npm run build:webview");
    browser = await launchChromium();
  });

  afterAll(() => browser?.close());

  afterEach(async () => {
    const pages = opened;
    opened = [];
    for (const page of pages) await page.close();
    // Policy violations, errors and warnings of whatever the test did.
    expect(pages.flatMap(({ complaints }) => complaints)).toEqual([]);
  });

  return async (host, options = {}) => {
    const dashboard = await openDashboard(browser, host, options);
    opened.push(dashboard);
    return { ...dashboard, host };
  };
}
