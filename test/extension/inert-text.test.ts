import { describe, expect, it } from "vitest";
import { inertLine, inertMessage, markdownCode, markdownParagraph } from "../../src/extension/inert-text.js";

/** As VS Code finds links in the text of notifications and input boxes (`parseLinkedText`). */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
/** As it finds icons in lists and the status bar (`parseLabelWithIcons`). */
const ICON = /\$\(([a-z0-9-]+(?:~[a-z]+)?)\)/i;

const FOREIGN_LINK = "[Repair](command:workbench.extensions.installExtension?%22/tmp/evil.vsix%22)";

describe("inert text", () => {
  it("has no link and no icon, and reads as before", () => {
    expect(FOREIGN_LINK).toMatch(LINK);
    for (const inert of [inertLine(FOREIGN_LINK), inertMessage(FOREIGN_LINK)]) {
      expect(inert).not.toMatch(LINK);
      expect(inert.replaceAll("\u2060", "")).toBe(FOREIGN_LINK);
    }
    expect("$(flame) hot").toMatch(ICON);
    expect(inertLine("$(flame) hot")).not.toMatch(ICON);
    expect(inertLine("$(flame) hot").replaceAll("\u2060", "")).toBe("$(flame) hot");
  });

  it("shows control characters and those that turn the direction of writing", () => {
    expect(inertLine("a\u202Eb\u001B[2Jc\nd\u009Be\u2066f")).toBe("a\\u202Eb\\u001B[2Jc\\nd\\u009Be\\u2066f");
    expect(inertMessage("a\nb\u0007")).toBe("a\nb\\u0007");
    expect(inertLine("naïve 学習 👩‍🔬")).toBe("naïve 学習 👩‍🔬");
  });

  it("is cut in its middle, whatever becomes longer by being shown", () => {
    const name = `begin ${"x".repeat(100_000)} end`;
    expect(inertLine(name)).toMatch(/^begin x+…x+ end$/);
    for (const text of [name, "\u202E".repeat(100_000), "](".repeat(50_000), "👩".repeat(50_000)]) {
      expect(inertLine(text).replaceAll("\u2060", "").length).toBeLessThanOrEqual(300);
      expect(inertMessage(text).replaceAll("\u2060", "").length).toBeLessThanOrEqual(900);
    }
  });

  it("is Markdown that has nothing but the text", () => {
    expect(markdownParagraph("<img src=x> [a](b) https://x.y $(flame)\n# h")).toBe(
      "\\<img src\\=x\\> \\[a\\]\\(b\\) https\\:\\/\\/x\\.y \\$\\(flame\\)\\\\n\\# h",
    );
    expect(markdownCode("```\n[a](command:b)\n`````", "text")).toBe("``````text\n```\n[a](command:b)\n`````\n``````");
  });
});
