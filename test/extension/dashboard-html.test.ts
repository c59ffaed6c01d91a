import { expect, it } from "vitest";
import { dashboardHtml } from "../../src/extension/dashboard-html.js";

const sources = { cspSource: "https://csp", script: "https://csp/dashboard.js", styles: "https://csp/dashboard.css" };

it("lets only the script with this page's nonce run, and nothing inline", () => {
  const html = dashboardHtml(sources);
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)![1]!;
  const nonce = /<script nonce="([^"]+)"/.exec(html)![1]!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain(`script-src 'nonce-${nonce}'`);
  expect(policy).not.toMatch(/unsafe|\*/);
  expect(html.match(/<script/g)).toHaveLength(1);
});

it("takes a new nonce for every page", () => {
  expect(dashboardHtml(sources)).not.toBe(dashboardHtml(sources));
});
