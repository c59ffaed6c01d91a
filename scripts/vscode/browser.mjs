/** The Chromium of this machine, headless, for a code-server page. */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** @returns {string | undefined} the path of a Chromium: $TUNELENS_CHROMIUM, or a usual place. */
export function findChromium() {
  const named = process.env.TUNELENS_CHROMIUM;
  if (named) return named;
  return known.find((path) => existsSync(path));
}

export function launchChromium() {
  const executablePath = findChromium();
  if (!executablePath) {
    throw new Error(
      "No Chromium found. Install one (Debian: apt-get install chromium), or name it in TUNELENS_CHROMIUM.",
    );
  }
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
