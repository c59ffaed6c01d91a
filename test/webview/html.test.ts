import { expect, it } from "vitest";
import { html } from "../../webview/html.js";
import { untypedLint } from "../lint.js";

const ACTING = "abc\u202Edef\u001B";
const WRITTEN = "abc\\u202Edef\\u001B";

it("writes out what would act in a text, an attribute and a list", () => {
  const { values } = html`<p title="Follows ${ACTING}" aria-label=${ACTING}>
    ${ACTING} ${[ACTING, 1]} ${"two\nlines"}
  </p>`;
  expect(values).toEqual([WRITTEN, WRITTEN, WRITTEN, [WRITTEN, 1], "two\nlines"]);
});

it("leaves data as it is", () => {
  const nested = html`<b>${ACTING}</b>`;
  const click = (): void => undefined;
  const { values } = html`<p .name=${ACTING} ?hidden=${true} @click=${click}>${nested}${3}${null}</p>`;
  expect(values).toEqual([ACTING, true, click, nested, 3, null]);
});

it("no way around it passes ESLint", { timeout: 60_000 }, async () => {
  const rules = async (code: string) => {
    const [result] = await untypedLint.lintText(code, { filePath: "webview/way-around.ts" });
    return result!.messages.map(({ ruleId }) => ruleId);
  };
  expect(await rules('import { html } from "lit";\nexport const a = html`x`;\n')).toEqual([
    "@typescript-eslint/no-restricted-imports",
  ]);
  expect(await rules('import { html } from "./html.js";\nexport const a = html`x`;\n')).toEqual([]);
});
