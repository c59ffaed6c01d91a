import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { floatDistribution } from "../../src/engine/distribution.js";
import type { Rng } from "../../src/engine/math/rng.js";
import { createStudy } from "../../src/engine/study/create-study.js";
import { quoted } from "../../src/cli/command-line.js";
import { runProgram } from "../../src/cli/program.js";
import { inertLine, inertMessage, markdownCode, markdownParagraph } from "../../src/extension/inert-text.js";
import { openStorage } from "../../src/storage/open.js";
import { type Attack, choose, pick } from "./attack.js";

/** Names that a reader would obey: in VS Code, in a terminal, in a shell, in a spreadsheet, in JavaScript. */
export const hostileNames: Attack = {
  name: "hostile names",
  shortRounds: 40,
  share: 1,
  start: async () => ({
    async round({ rng, folder }) {
      const names = Array.from({ length: 20 }, () => hostileName(rng));
      for (const name of names) staysTextInVSCode(name);
      staysArgumentsOfAShell(names);
      await staysTextInTheTerminal([...new Set(names.map((name) => wellFormed(name.slice(0, 500))))], folder);
    },
  }),
};

const pieces = [
  ...[
    "[a](command:b)",
    "](command:x",
    "[",
    "](",
    "$(flame)",
    "$(",
    "$(id)",
    "`id`",
    "${HOME}",
    "<img src=x onerror=alert(1)>",
    "**b**",
  ],
  ...[
    "\u001B]52;c;aWQ=\u0007",
    "\u001B]8;;http://x\u001B\\",
    "\u001B[2J",
    "\u009B31m",
    "\u001B[1m",
    "\u202E",
    "\u2066",
    "\u2028",
    "\uFEFF",
  ],
  ...[
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "-x",
    "@SUM(A1)",
    "\t=1",
    "\r\n",
    "\n",
    ",",
    ";",
    '"',
    "'",
    "\\",
    "%",
    "!",
    "~",
    "&",
    "|",
    "*",
    "#",
  ],
  ...[
    "constructor",
    "__proto__",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "kind",
    "--help",
    "-",
    "https://x.y",
    "```",
    "{{",
    "学習",
    "👩‍🔬",
    "\uD800",
    " ",
  ],
];

function hostileName(rng: Rng): string {
  if (pick(rng, 30) === 0) return choose(rng, pieces).repeat(1 + pick(rng, 20_000));
  const name = Array.from({ length: 1 + pick(rng, 4) }, () => choose(rng, pieces)).join("");
  return pick(rng, 3) === 0 ? name + String.fromCharCode(1 + pick(rng, 0xffff)) : name;
}

/** Without halves of characters, which UTF-8 cannot say. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, "\uFFFD");
}

/** As VS Code's `parseLinkedText` and `parseLabelWithIcons` find them. */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
const ICON = /\$\([a-z0-9-]+(?:~[a-z]+)?\)/i;
/** Control characters, those that turn the direction of writing, and halves of characters. */
const ACTING = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]|\p{Cs}/u;

function staysTextInVSCode(name: string): void {
  const line = inertLine(name);
  assert.doesNotMatch(line, ACTING);
  for (const text of [line, inertMessage(name), inertMessage(`Delete study "${name}" and its 3 trials?`)]) {
    assert.doesNotMatch(text, LINK);
    assert.doesNotMatch(text, ICON);
    assert.doesNotMatch(text.replaceAll(/\r?\n|\t/g, ""), ACTING);
    assert.ok(text.replaceAll("\u2060", "").length <= 900);
  }
  const paragraph = markdownParagraph(name);
  // Punctuation that no backslash stands before could be markup.
  assert.doesNotMatch(paragraph.replace(/\\[!-/:-@[-`{-~]/g, ""), /[!-/:-@[-`{-~]/);
  const [fence] = /^`+/.exec(markdownCode(name, "text"))!;
  assert.equal(markdownCode(name, "text").split(fence).length, 3);
}

/** A POSIX shell hands on what was quoted, to the byte, and runs nothing of it. */
function staysArgumentsOfAShell(names: readonly string[]): void {
  const words = names.map((name) => wellFormed(name.slice(0, 2_000)));
  const command = `printf '%s\\0' ${words.map((word) => quoted(word, false)).join(" ")}`;
  // What a terminal would obey is not in what is advised.
  assert.doesNotMatch(command.replaceAll("\n", ""), ACTING);
  const seen = execFileSync("sh", ["-c", command], { encoding: "utf8" }).split("\0").slice(0, -1);
  assert.deepEqual(seen, words);
}

async function staysTextInTheTerminal(names: readonly string[], folder: string): Promise<void> {
  const storage = join(folder, "hostile.db");
  const params = Object.fromEntries(names.map((name) => [name, 0.25]));
  const distributions = Object.fromEntries(names.map((name) => [name, floatDistribution(0, 1)]));
  const opened = openStorage(storage);
  for (const name of names.slice(0, 2)) {
    const study = createStudy({ storage: opened, name });
    study.addTrial({ values: [1], params, distributions, userAttrs: Object.fromEntries(names.map((n) => [n, n])) });
    study.addTrial({ values: [2] });
  }
  opened.close();
  const [study] = names;
  const at = ["--storage", storage];
  for (const args of [
    ["studies", ...at],
    ["best", ...at, "--", study!],
    ["best", ...at, "--", `no ${study}`],
    [`${study} `],
  ]) {
    const { output } = await runInTerminal(args);
    assert.doesNotMatch(output.replaceAll(/\r?\n|\t/g, ""), ACTING, `tunelens ${args[0]}`);
  }
  const { output } = await runInTerminal(["best", ...at, "--", study!]);
  assert.doesNotMatch(output, /function |\[native code\]/);
  await exportIsHarmless(study!, at);
}

async function exportIsHarmless(study: string, at: readonly string[]): Promise<void> {
  const cells = async (...options: string[]) =>
    csvCells((await runInTerminal(["export", ...at, ...options, "--", study])).output);
  const [safe, raw] = [await cells("--csv"), await cells("--csv", "--raw")];
  assert.equal(safe.length, raw.length);
  safe.forEach((cell, i) => {
    assert.ok(!/^[=+\-@\t\r\n]/.test(cell) || Number.isFinite(Number(cell)), JSON.stringify(cell));
    assert.ok(cell === raw[i] || cell === `'${raw[i]}`, JSON.stringify([cell, raw[i]]));
  });
}

/** RFC 4180. */
function csvCells(text: string): string[] {
  return [...text.matchAll(/("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n)/g)].map(([, cell]) =>
    cell!.startsWith('"') ? cell!.slice(1, -1).replaceAll('""', '"') : cell!,
  );
}

/** What it writes to standard output and standard error, of which none is a terminal here. */
async function runInTerminal(args: readonly string[]): Promise<{ output: string }> {
  let output = "";
  const { stdout, stderr } = process;
  const writes = [stdout.write, stderr.write];
  stdout.write = stderr.write = (text: string | Uint8Array) => {
    output += String(text);
    return true;
  };
  try {
    await runProgram(["node", "tunelens", ...args]);
  } finally {
    [stdout.write, stderr.write] = writes as [typeof stdout.write, typeof stderr.write];
  }
  return { output };
}
