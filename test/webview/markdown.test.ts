import { expect, it } from "vitest";
import type { TemplateResult } from "lit";
import { markdown } from "../../webview/notes/markdown.js";

/** The templates as text, with values in ⟨⟩: what lit makes of them, without a page. */
function written(value: unknown): string {
  if (Array.isArray(value)) return value.map(written).join("");
  if (typeof value === "object" && value !== null && "strings" in value) {
    const { strings, values } = value as TemplateResult;
    return strings.map((part, i) => part + (i < values.length ? written(values[i]) : "")).join("");
  }
  if (typeof value === "function") return "ƒ";
  return typeof value === "symbol" ? "" : `⟨${String(value)}⟩`;
}

const shown = (text: string) =>
  written(markdown(text, () => {}, 4))
    .replaceAll(/\s+/g, " ")
    .replaceAll("> <", "><");

it("makes elements of Markdown", () => {
  expect(shown("# A &amp; B\n**b** *i* `c` ~~d~~")).toBe(
    '<div class="markdown" tabindex="0"><h4 class=⟨first⟩>⟨A & B⟩</h4><p><strong>⟨b⟩</strong>⟨ ⟩<em>⟨i⟩</em>⟨ ⟩<code>⟨c⟩</code>⟨ ⟩<del>⟨d⟩</del></p></div>',
  );
  expect(shown("- a\n- b\n\n3. c")).toContain("<ul><li>⟨a⟩</li><li>⟨b⟩</li></ul><ol start=⟨3⟩><li>⟨c⟩</li></ol>");
  expect(shown("| a | b |\n|---|---|\n| 1 | 2 |")).toContain("<td>⟨1⟩</td><td>⟨2⟩</td>");
});

it("shows HTML as text, and images by their descriptions", () => {
  expect(shown('<img src=x onerror="alert(1)">\n\na <b>c</b> ![alt](http://example.org/x.png)')).toBe(
    '<div class="markdown" tabindex="0">⟨<img src=x onerror="alert(1)">⟩<p>⟨a ⟩⟨<b>⟩⟨c⟩⟨</b>⟩⟨ ⟩<span class="faint">[image: ⟨alt⟩]</span></p></div>',
  );
});

it.each(["javascript:alert(1)", "command:workbench.action.quit", "data:text/html,x", "file:///etc/passwd"])(
  "no link leads to %s",
  (url) => {
    expect(shown(`[here](${url})`)).toContain(`⟨here⟩ <span class="faint">(⟨${url}⟩)</span>`);
  },
);

it("a link to a web page is a button that asks", () => {
  expect(shown("[here](https://example.org)")).toContain(
    '<button class="link" title=⟨https://example.org⟩ @click=ƒ>⟨here⟩</button>',
  );
});

it.each([">".repeat(15_000), `${"- ".repeat(9_000)}x`, "[".repeat(15_000), "x".repeat(20_001)])(
  "shows what nobody wrote by hand (%#)",
  (text) => {
    expect(shown(text).replaceAll(/[⟨⟩]|<[^>]*>/g, "").length).toBeGreaterThan(0);
  },
);
