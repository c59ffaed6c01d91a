/** The Chromium of this machine, headless, for tests. `node scripts/vscode/browser.ts` installs one where there is none. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium, type Browser } from "playwright-core";
import { install } from "../install.ts";

/** Has no window: that of a whole Chromium, which nobody sees, is drawn too, and takes more time than most pages. */
const SHELL = "/usr/lib/chromium/chromium-headless-shell";
const DEBIANS = "/usr/bin/chromium";
const known = [SHELL, DEBIANS, "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const MISSING =
  "Cannot find Chromium. Install it (Debian: apt-get install chromium-headless-shell), or set TUNELENS_CHROMIUM to its path.";

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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Beside a Chromium that is there already, it is installed where Debian has it.
  if ([DEBIANS, undefined].includes(findChromium())) install("chromium-headless-shell", "fonts-dejavu-core");
  if (!findChromium() && !(install("chromium", "fonts-dejavu-core") && findChromium())) throw new Error(MISSING);
}
