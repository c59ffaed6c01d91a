/** The Chromium of this machine, headless, for a code-server page. `node scripts/vscode/browser.ts` installs one where there is none. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium, type Browser } from "playwright-core";
import { install } from "../install.ts";

const known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const MISSING =
  "Cannot find Chromium. Install it (Debian: apt-get install chromium), or set TUNELENS_CHROMIUM to its path.";

/** The path of a Chromium: $TUNELENS_CHROMIUM, or a usual place. */
function findChromium(): string | undefined {
  const named = process.env.TUNELENS_CHROMIUM;
  if (named) return named;
  return known.find((path) => existsSync(path));
}

export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error(MISSING);
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

if (process.argv[1] === fileURLToPath(import.meta.url) && !findChromium()) {
  if (!install("chromium", "fonts-dejavu-core") || !findChromium()) throw new Error(MISSING);
}
