import { afterEach, expect, it, vi } from "vitest";
import { print, printData, printError, shown, strong } from "../../src/cli/terminal.js";
import { createLiveView } from "../../src/cli/live-view.js";

/** Sets the clipboard, makes a link, sets the title, clears the screen, in the form of two bytes and of one. */
const ESCAPES = "\u001B]52;c;aWQ=\u0007 \u001B]8;;http://x\u001B\\a \u001B]0;title\u0007 \u001B[2J \u009B2J \u202Eabc";
const VISIBLE =
  "\\u001B]52;c;aWQ=\\u0007 \\u001B]8;;http://x\\u001B\\a \\u001B]0;title\\u0007 \\u001B[2J \\u009B2J \\u202Eabc";

afterEach(() => vi.restoreAllMocks());

function written(stream: "stdout" | "stderr", write: () => void): string {
  const spy = vi.spyOn(process[stream], "write").mockReturnValue(true);
  write();
  return spy.mock.calls.map(([text]) => String(text)).join("");
}

it("prints escapes visibly, and a name on one line", () => {
  expect(written("stdout", () => print(`${ESCAPES}\nnext\n`))).toBe(`${VISIBLE}\nnext\n`);
  expect(written("stderr", () => printError(`${ESCAPES}\n\u001B[1m`))).toBe(`${VISIBLE}\n\\u001B[1m`);
  expect(shown(`a\r\nTrial 1: COMPLETE${ESCAPES}`)).toBe(`a\\r\\nTrial 1: COMPLETE${VISIBLE}`);
  expect(shown("x".repeat(100_000))).toHaveLength(200);
  expect(strong(ESCAPES)).toContain(VISIBLE);
});

it("writes data as it is, but to a terminal", () => {
  const { isTTY } = process.stdout;
  try {
    process.stdout.isTTY = false;
    expect(written("stdout", () => printData(ESCAPES))).toBe(ESCAPES);
    vi.restoreAllMocks();
    process.stdout.isTTY = true;
    expect(written("stdout", () => printData(ESCAPES))).toBe(VISIBLE);
  } finally {
    process.stdout.isTTY = isTTY;
  }
});

it("shows what a run says visibly, and the user's own output as it is", () => {
  let seen = "";
  const stream = { write: (text: string) => ((seen += text), true) } as unknown as NodeJS.WritableStream;
  const view = createLiveView(stream, stream);
  view.events.log({ level: "error", message: `failed: ${ESCAPES}` });
  view.output("stdout", `${ESCAPES}\n`, 0);
  view.close();
  expect(seen).toBe(`Error: failed: ${VISIBLE}\n${ESCAPES}\n`);
});
