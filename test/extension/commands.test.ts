import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type CommandContribution, commands } from "../../src/extension/commands.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface MenuItem {
  readonly command: string;
  readonly when?: string;
}

const manifestText = readFileSync(`${root}package.json`, "utf8");
/** What VS Code puts in place of each `%key%` of package.json; `package.nls.LANGUAGE.json` translates it. */
const texts = JSON.parse(readFileSync(`${root}package.nls.json`, "utf8")) as Record<string, string>;

const manifest = JSON.parse(manifestText, (_name, value: unknown) =>
  typeof value === "string" ? value.replace(/^%(.+)%$/, (key, name: string) => texts[name] ?? key) : value,
) as {
  icon: string;
  activationEvents: string[];
  contributes: {
    commands: { command: string; title: string; category: string; icon?: string; enablement?: string }[];
    menus: Record<string, MenuItem[]>;
    viewsContainers: { activitybar: { icon: string }[] };
    views: Record<string, { id: string }[]>;
    customEditors: { viewType: string; priority: string }[];
    viewsWelcome: { contents: string; when: string }[];
    configuration: { properties: Record<string, { markdownDescription?: string; default?: unknown }> };
    walkthroughs: { steps: { description: string; media: { svg: string }; completionEvents: string[] }[] }[];
  };
};
const { contributes } = manifest;
const registry: [string, CommandContribution][] = Object.entries(commands);
const code = globSync("src/extension/**/*.ts", { cwd: root }).map((file) => readFileSync(root + file, "utf8"));

/** What the first group of a pattern finds in the extension's code, each once. */
function inCode(pattern: RegExp): string[] {
  return [...new Set(code.flatMap((text) => [...text.matchAll(pattern)].map(([, found]) => found!)))].sort();
}

describe("package.json and the command registry", () => {
  it("have the same commands with the same titles, icons and conditions", () => {
    const expected = registry.map(([command, { title, icon, needsTrust }]) => ({
      command,
      title,
      category: "Tunelens",
      ...(icon ? { icon } : {}),
      ...(needsTrust ? { enablement: "isWorkspaceTrusted" } : {}),
    }));
    expect(contributes.commands).toEqual(expected);
  });

  it("hide from the palette exactly what needs an argument", () => {
    const hidden = registry.filter(([, { hiddenInPalette }]) => hiddenInPalette).map(([command]) => command);
    expect(contributes.menus.commandPalette).toEqual(hidden.map((command) => ({ command, when: "false" })));
  });

  it("name only commands that exist, in menus, welcome views and the walkthrough", () => {
    const steps = contributes.walkthroughs.flatMap(({ steps }) => steps);
    const texts = [
      ...contributes.viewsWelcome.map(({ contents }) => contents),
      ...steps.map((step) => step.description),
    ];
    const used = [
      ...Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command)),
      ...texts.flatMap((text) => [...text.matchAll(/\(command:([\w.]+)\)/g)].map(([, command]) => command!)),
      ...steps.flatMap(({ completionEvents }) => completionEvents.map((event) => event.replace("onCommand:", ""))),
    ].filter((command) => !command.startsWith("vscode."));
    expect(used.filter((command) => !(command in commands))).toEqual([]);
  });

  it("offer each command of the tree only on lines of the tree", () => {
    const items = [...contributes.menus["view/item/context"]!, ...contributes.menus["view/title"]!];
    expect(items.filter(({ when }) => !when?.startsWith("view == tunelens.trials"))).toEqual([]);
  });
});

describe("package.nls.json", () => {
  it("has a text for each key of package.json, and no other", () => {
    const keys = [...manifestText.matchAll(/"%([^"]+)%"/g)].map(([, key]) => key!);
    expect(Object.keys(texts).sort()).toEqual(keys.sort());
  });

  it.each(globSync("package.nls*.json", { cwd: root }))("%s translates only texts that there are", (file) => {
    const translated = JSON.parse(readFileSync(root + file, "utf8")) as object;
    expect(Object.keys(translated).filter((key) => !(key in texts))).toEqual([]);
  });

  it("has every text that VS Code shows", () => {
    const written: string[] = [];
    JSON.parse(manifestText, (name, value: unknown) => {
      if (name === "enumDescriptions") written.push(...(value as string[]));
      if (/^(title|markdownDescription|contents|altText)$/.test(name)) written.push(value as string);
      return value;
    });
    expect(written.length).toBeGreaterThan(50);
    expect(written.filter((text) => !/^%.+%$/.test(text) && text !== "Tunelens")).toEqual([]);
  });
});

describe("package.json", () => {
  it("documents every setting and gives it a default", () => {
    for (const [name, { markdownDescription, default: value }] of Object.entries(
      contributes.configuration.properties,
    )) {
      expect(markdownDescription, name).toMatch(/\w/);
      expect(value, name).toBeDefined();
    }
  });

  it("has the settings that README lists", () => {
    const readme = readFileSync(`${root}README.md`, "utf8");
    const listed = [...readme.matchAll(/^\| `(tunelens\.[\w.]+)` +\|/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(Object.keys(contributes.configuration.properties).sort());
  });

  it("has the settings that the code reads", () => {
    const read = inCode(/configuration\.get<[^>]+>*\(\s*"([\w.]+)"/g).map((name) => `tunelens.${name}`);
    expect(read).toEqual(Object.keys(contributes.configuration.properties).sort());
    const written = inCode(/getConfiguration\("tunelens"[^;]*?\.update\("([\w.]+)"/g).map((name) => `tunelens.${name}`);
    expect(written.filter((name) => !read.includes(name))).toEqual([]);
    expect(written).not.toEqual([]);
  });

  it("has the views that the code fills", () => {
    const views = Object.values(contributes.views).flat();
    expect(inCode(/createTreeView\("([\w.]+)"/g)).toEqual(views.map(({ id }) => id).sort());
    const panels = manifest.activationEvents.filter((event) => event.startsWith("onWebviewPanel:"));
    expect(panels).toEqual(inCode(/VIEW_TYPE = "([\w.]+)"/g).map((type) => `onWebviewPanel:${type}`));
  });

  it("has the editors that the code registers, none of which takes a file from another", () => {
    expect(contributes.customEditors.map(({ viewType }) => viewType)).toEqual(inCode(/_EDITOR = "([\w.]+)"/g));
    expect(contributes.customEditors.filter(({ priority }) => priority !== "option")).toEqual([]);
  });

  it("asks for the conditions that the code sets", () => {
    const whens = [...Object.values(contributes.menus).flat(), ...contributes.viewsWelcome].map(
      ({ when = "" }) => when,
    );
    const asked = whens.flatMap((when) => when.match(/(?<!== )\btunelens\.\w+/g) ?? []);
    expect([...new Set(asked)].sort()).toEqual(inCode(/"setContext",\s*"([\w.]+)"/g));
  });

  it("names pictures that are there", () => {
    const pictures = [
      manifest.icon,
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.svg)),
    ];
    expect(pictures.filter((path) => !existsSync(root + path))).toEqual([]);
  });

  it("wakes the extension for nothing but study languages, its own views, and runs to take up", () => {
    const others = manifest.activationEvents.filter((event) => !/^on(Language|WebviewPanel):/.test(event));
    expect(others).toEqual(["workspaceContains:.tunelens/runs"]);
  });
});
