/**
 * Finds British spellings in everything that people read: `node scripts/lint/spelling.mjs [FILE]`. Names in code count too; test
 * data, and what names British spellings, does not.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const british = new RegExp(
  [
    "(?:behavi|(?<!s)col|fav|flav|hon|hum|lab|neighb|rum|vap|vig)our",
    "(?:author|capital|categor|critic|custom|digit|emphas|equal|final|formal|general|initial|item|linear|local|maxim|memor|minim|normal|" +
      "optim|organ|parallel|penal|prior|quant|random|real|recogn|regular|serial|special|stabil|standard|summar|symbol|synchron|token|util|" +
      "visual)is(?:e|ing|ation|able)",
    "analys(?:e[drs]?\\b|ing)",
    "\\bcent(?:re[ds]?\\b|ring)",
    "(?:twoC|C)entres",
    "(?:cancel|channel|label(?!ledby)|level|model|signal|travel)l(?:ed|ing)",
    "(?:catalog|dialog)ue",
    "(?:def|off|lic)ence",
    "misspelt|\\blearnt\\b",
    "whilst|amongst",
    "artefact|judgement|programme\\b|grey(?!hound)",
  ].join("|"),
  "gi",
);

const root = fileURLToPath(new URL("../../", import.meta.url));
const kinds = ["ts", "mjs", "js", "json", "md", "css", "html", "svg", "yml", "py"].map((kind) => `*.${kind}`);
const NOT_OURS =
  /^test\/fixtures\/|^package-lock\.json$|^scripts\/lint\/spelling\.mjs$|^test\/scripts\/lint\.test\.ts$/;
const [given] = process.argv.slice(2);
const files = given
  ? [resolve(given)]
  : execFileSync("git", ["ls-files", ...kinds], { cwd: root, encoding: "utf8" })
      .split("\n")
      .filter((file) => file !== "" && !NOT_OURS.test(file))
      .map((file) => join(root, file));

const found = files.flatMap((file) =>
  readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line, i) =>
      (proseOf(file, line).match(british) ?? []).map((word) => `${relative(root, file)}:${i + 1}: ${word}`),
    ),
);
/** A page may name what it quotes, such as what a name was before. */
function proseOf(file, line) {
  return file.endsWith(".md") ? line.replaceAll(/`[^`]*`/g, "") : line;
}

for (const place of found) console.error(place);
if (found.length > 0) {
  console.error(`${found.length} British spellings: write American English.`);
  process.exitCode = 1;
}
