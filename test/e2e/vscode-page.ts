import { execFileSync } from "node:child_process";
import { cpSync, existsSync, globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, FrameLocator, Locator, Page } from "playwright-core";
import { launchChromium } from "../../scripts/vscode/browser.ts";
import { developmentOptions, startCodeServer, workbenchUrl } from "../../scripts/vscode/code-server.ts";
import { codeServerEntry } from "../../scripts/vscode/provision.ts";
import { temporaryFolder } from "../temporary-folder.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Packs the extension and installs it, as a user has it. */
function installExtension(extensionsDir: string): void {
  const scratch = temporaryFolder();
  try {
    const vsix = join(scratch, "tunelens.vsix");
    execFileSync(process.execPath, [join(root, "scripts", "package.ts"), vsix], { stdio: "inherit" });
    const install = ["--install-extension", vsix, "--extensions-dir", extensionsDir, "--user-data-dir", scratch];
    execFileSync(process.execPath, [codeServerEntry(), ...install], { env: { ...process.env, HOME: scratch } });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Where the packed extension is installed.
 * @param own the folder for it where the tests of this run do not share one.
 */
function installedExtension(own: string): string {
  const extensionsDir = process.env.TUNELENS_TEST_EXTENSIONS ?? own;
  if (!existsSync(join(extensionsDir, "extensions.json"))) installExtension(extensionsDir);
  return extensionsDir;
}

/** The folder of the extension in {@link installedExtension}, as VS Code has unpacked it. */
export function unpackedExtension(own: string): string {
  const extensionsDir = installedExtension(own);
  return join(extensionsDir, globSync("tunelens.*", { cwd: extensionsDir })[0]!);
}

/** A VS Code with the extension in it, driven through its page. */
export class VSCodePage {
  private constructor(
    readonly page: Page,
    readonly workspace: string,
    private readonly browser: Browser,
    private readonly server: { stop(): void },
    private readonly scratch: string,
  ) {}

  /**
   * @param files the folder the workspace starts as a copy of.
   * @param developed an extension's folder, which is then not installed but under development, as after F5.
   */
  static async open(files: string, settings: Record<string, unknown> = {}, developed?: string): Promise<VSCodePage> {
    const scratch = temporaryFolder();
    const workspace = join(scratch, "workspace");
    cpSync(files, workspace, { recursive: true });
    const own = join(scratch, "extensions");
    const extensionsDir = developed === undefined ? installedExtension(own) : own;
    const options = developed === undefined ? [] : developmentOptions;
    const server = await startCodeServer({ workspace, extensionsDir, settings, options });
    const browser = await launchChromium();
    const page = await browser.newPage({ viewport: { width: 1500, height: 950 } });
    await page.goto(workbenchUrl(server, { workspace, extensionDevelopmentPath: developed }));
    await page.locator(".monaco-workbench .part.editor").waitFor({ timeout: 60_000 });
    return new VSCodePage(page, workspace, browser, server, scratch);
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.stop();
    rmSync(this.scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  /** Opens a file of the workspace by its name. */
  async openFile(name: string): Promise<void> {
    await this.quickInput("Control+P", name, name);
    await this.page.locator(".tab", { hasText: name }).first().waitFor();
  }

  /** Runs a command from the palette by its title. */
  async command(title: string): Promise<void> {
    await this.quickInput("F1", `>${title}`, title);
  }

  /** A lens over the code whose text matches. Lenses take their time on a small machine. */
  lens(text: string | RegExp): Locator {
    return this.page.locator(".codelens-decoration a, .codelens-decoration span", { hasText: text }).first();
  }

  async clickLens(text: string | RegExp, outcome: Locator): Promise<void> {
    await this.clickUntil(this.lens(text), outcome);
  }

  /** Clicks a lens or a line of the tree until what it leads to is there: one that is redrawn under the mouse swallows the click. */
  async clickUntil(target: Locator, outcome: Locator): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await target.click({ timeout: 60_000 });
      try {
        return await outcome.waitFor({ timeout: 20_000 });
      } catch (error) {
        if (attempt === 5 || !(await target.isVisible())) throw error;
      }
    }
  }

  treeRow(text: string | RegExp): Locator {
    return this.page.locator(".sidebar .monaco-list-row", { hasText: text }).first();
  }

  /** The inside of the one open dashboard. */
  dashboard(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
  }

  /** For looking at: `TUNELENS_SCREENSHOTS=folder` keeps a picture of each stage. */
  async screenshot(name: string): Promise<void> {
    const folder = process.env.TUNELENS_SCREENSHOTS;
    if (folder) await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  /**
   * Asks again where the list does not come: a picker that opens slowly may set its own text over what was typed.
   *
   * @param choice what the chosen line says: the list shows what it had before until it is filtered.
   */
  private async quickInput(key: string, text: string, choice: string): Promise<void> {
    const chosen = this.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: choice }).first();
    for (let attempt = 1; ; attempt++) {
      await this.page.keyboard.press(key);
      const input = this.page.locator(".quick-input-widget input[type=text]").first();
      try {
        await input.fill(text, { timeout: 20_000 });
        await chosen.waitFor({ timeout: 20_000 });
        break;
      } catch (error) {
        if (attempt === 3) throw error;
        await this.page.keyboard.press("Escape");
      }
    }
    await this.page.keyboard.press("Enter");
  }
}
