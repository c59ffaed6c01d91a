import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { install, succeeds } from "../../scripts/install.ts";
import { pause } from "../wait.js";
import { temporaryFolder } from "../temporary-folder.js";

/** How wide the moving picture is, and how many colors it has: what README shows, in under a megabyte. */
const WIDTH = 1000;
const COLORS = 64;

/** From one screenshot to the next, while something happens. */
const FRAME_MS = 400;

/** A moving picture of a page, of screenshots: what does not change between two of them costs nothing. */
export class Recording {
  private readonly folder = temporaryFolder();
  private readonly frames: { readonly png: Buffer; seconds: number }[] = [];

  constructor(private readonly page: Page) {}

  /** Shows the page as it is now. */
  async show(seconds: number): Promise<void> {
    const png = await this.page.screenshot();
    const last = this.frames.at(-1);
    if (last?.png.equals(png)) last.seconds += seconds;
    else this.frames.push({ png, seconds });
  }

  /** Shows the page again and again until something is done, `speed` times as fast as it is. */
  async showUntil(done: Promise<unknown>, speed: number): Promise<void> {
    const watched = { over: false };
    const end = done.finally(() => (watched.over = true));
    end.catch(() => {});
    while (!watched.over) {
      const started = performance.now();
      await this.show(0);
      await Promise.race([end, pause(FRAME_MS, "a picture every so often is what a recording is")]);
      this.frames.at(-1)!.seconds += (performance.now() - started) / 1000 / speed;
    }
    await end;
  }

  /** Writes a GIF that repeats. */
  save(path: string): void {
    const files = this.frames.flatMap(({ png, seconds }, i) => {
      const file = join(this.folder, `${i}.png`);
      writeFileSync(file, png);
      return ["-delay", `${Math.max(2, Math.round(seconds * 100))}`, file];
    });
    const has = () => succeeds("convert", ["-version"], "ignore");
    if (!has() && !(install("imagemagick") && has()))
      throw new Error("Install ImageMagick to make the moving picture.");
    // One palette for all: what stays as it is keeps its color, and costs nothing.
    const samples = [0, 0.5, 1].map((part) => join(this.folder, `${Math.floor(part * (this.frames.length - 1))}.png`));
    const size = ["-resize", `${WIDTH}x`, "+dither"];
    const palette = [...samples, ...size, "-append", "-colors", `${COLORS}`, "-unique-colors"];
    const picture = [...files, ...size, "-remap", "mpr:palette", "-layers", "OptimizeTransparency", "-loop", "0"];
    const options = ["(", ...palette, "-write", "mpr:palette", "+delete", ")", ...picture];
    const { status, stderr } = spawnSync("convert", [...options, path], { encoding: "utf8" });
    rmSync(this.folder, { recursive: true });
    if (status !== 0) throw new Error(`convert failed: ${stderr}`);
  }
}
