import { execFileSync } from "node:child_process";
import { cpSync, existsSync, globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, FrameLocator, Locator, Page } from "playwright-core";
import { launchChromium } from "../../scripts/vscode/browser.ts";
import {
  type CodeServer,
  developmentOptions,
  startCodeServer,
  workbenchUrl,
} from "../../scripts/vscode/code-server.ts";
import { codeServerEntry } from "../../scripts/vscode/provision.ts";
import { temporaryFolder } from "../temporary-folder.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What may take this long on a small, busy machine whose files are cold. */
const PATIENCE_MS = 180_000;
/** What has not worked by then has been swallowed, and is done again. */
const ATTEMPT_MS = 15_000;

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
    private readonly server: CodeServer,
    private readonly scratch: string,
    /** What the page complained about. */
    private readonly complaints: readonly string[],
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
    page.setDefaultTimeout(PATIENCE_MS);
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text().slice(0, 300));
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("crash", () => complaints.push("The page crashed."));
    await page.goto(workbenchUrl(server, { workspace, extensionDevelopmentPath: developed }));
    await page.locator(".monaco-workbench .part.editor").waitFor();
    return new VSCodePage(page, workspace, browser, server, scratch, complaints);
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.stop();
    rmSync(this.scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  /** Opens a file of the workspace by its name. */
  async openFile(name: string): Promise<void> {
    const tab = this.page.locator(".tab.active", { hasText: name }).first();
    await this.until(tab, () => this.quickInput("Control+P", name, name));
  }

  /** Runs a command from the palette by its title. */
  async command(title: string): Promise<void> {
    await this.until(null, () => this.quickInput("F1", `>${title}`, title));
  }

  /** A lens over the code whose text matches. Lenses take their time on a small machine. */
  lens(text: string | RegExp): Locator {
    return this.page.locator(".codelens-decoration a, .codelens-decoration span", { hasText: text }).first();
  }

  async clickLens(text: string | RegExp, outcome: Locator): Promise<void> {
    await this.clickUntil(this.lens(text), outcome);
  }

  /** Clicks a lens, a line of a list, or a button until what it leads to is there: one that is redrawn under the mouse swallows the click. */
  async clickUntil(target: Locator, outcome: Locator): Promise<void> {
    await this.until(outcome, () => target.click({ timeout: ATTEMPT_MS }));
  }

  /** Opens or closes a line of the tree: a click that was swallowed is repeated, one that worked is not. */
  async setExpanded(row: Locator, isExpanded: boolean): Promise<void> {
    const expanded = row.and(this.page.locator(`[aria-expanded=${isExpanded}]`));
    await this.until(expanded, async () => {
      if (!(await expanded.isVisible())) await row.click({ timeout: ATTEMPT_MS });
    });
  }

  /** By keyboard: VS Code's menus ignore a mouse that comes within a tenth of a second. What is redrawn closes its menu. */
  async chooseFromMenu(target: Locator, item: string, outcome: Locator): Promise<void> {
    const line = this.page.locator(".monaco-menu .action-item", { hasText: item }).first();
    const isFocused = async () =>
      (await line.getAttribute("class", { timeout: 1_000 }))?.split(" ").includes("focused");
    await this.until(outcome, async () => {
      await target.click({ button: "right", timeout: ATTEMPT_MS });
      await line.waitFor({ timeout: ATTEMPT_MS });
      while (!(await isFocused())) await this.page.keyboard.press("ArrowDown");
      await this.page.keyboard.press("Enter");
    });
  }

  /** A line of the list that VS Code shows at the top of its window. */
  pickerRow(text: string | RegExp): Locator {
    return this.page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first();
  }

  /** Closes the tab of the one open dashboard, or of another editor. */
  async closeTab(name: string): Promise<void> {
    const tab = this.page.locator(".tab", { hasText: name });
    while ((await tab.count()) > 0) {
      await tab.first().click({ button: "middle", timeout: ATTEMPT_MS });
      await tab
        .first()
        .waitFor({ state: "detached", timeout: ATTEMPT_MS })
        .catch(() => {});
    }
    await this.page.locator("iframe.webview").first().waitFor({ state: "detached" });
  }

  /**
   * Does something until what it leads to is there.
   * @param outcome null: it has worked when it does not throw.
   */
  async until(outcome: Locator | null, act: () => Promise<void>): Promise<void> {
    const isThere = async () => {
      const [waited] = await Promise.allSettled([outcome?.first().waitFor({ timeout: ATTEMPT_MS })]);
      return waited.status === "fulfilled";
    };
    for (const end = performance.now() + PATIENCE_MS; ;) {
      // What it acts on may be gone because it worked.
      const [acted] = await Promise.allSettled([act()]);
      if (outcome === null ? acted.status === "fulfilled" : await isThere()) return;
      if (performance.now() < end) continue;
      const cause: unknown = acted.status === "rejected" ? acted.reason : undefined;
      throw new Error(`Not within ${PATIENCE_MS / 1_000} s: ${String(outcome ?? "what was done")}`, { cause });
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

  /** Says what a person would have seen where a test failed, and keeps a picture of it. */
  async explainFailure(test: string): Promise<void> {
    await this.screenshot(`failed-${test.replaceAll(/\W+/g, "-").slice(0, 40)}`);
    const shown = await this.page.locator(".monaco-dialog-box, .notification-list-item").allInnerTexts();
    console.error(
      [
        `Dialogs and notifications: ${JSON.stringify(shown)}`,
        ...this.complaints.slice(-10).map((complaint) => `page: ${complaint}`),
        ...this.server.logs("**/{remoteexthost,*Tunelens}.log"),
      ].join("\n"),
    );
  }

  /** @param choice what the chosen line says: the list shows what it had before until it is filtered. */
  private async quickInput(key: string, text: string, choice: string): Promise<void> {
    const { keyboard } = this.page;
    const widget = this.page.locator(".quick-input-widget");
    const chosen = widget.locator(".quick-input-list .monaco-list-row.focused", { hasText: choice }).first();
    try {
      await keyboard.press(key);
      await widget.locator("input[type=text]").first().fill(text, { timeout: ATTEMPT_MS });
      await chosen.waitFor({ timeout: ATTEMPT_MS });
      await keyboard.press("Enter");
      await chosen.waitFor({ state: "hidden", timeout: ATTEMPT_MS });
    } catch (error) {
      // A picker that opens slowly may set its own text over what was typed; one that is being filled may swallow the key.
      await keyboard.press("Escape");
      throw error;
    }
  }
}
