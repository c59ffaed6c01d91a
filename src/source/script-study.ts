import { key, type Param, text as textLiteral } from "./literals.js";
import { metricIn, type ScriptMetric } from "./script-metric.js";
import type { ReadBeside } from "./hydra-options.js";
import type { ScriptOption } from "./script-option.js";
import { readScriptOptions } from "./script-options.js";
import type { ScriptLanguage } from "./script-file.js";

/** A study that tunes a script, as the text of its file. */
export interface ScriptStudy {
  readonly text: string;
  /** The flags of the options that it tunes. */
  readonly tuned: readonly string[];
  /** Offset of the first of them in the script. */
  readonly start: number;
}

/** Options of these names say where and how a script runs, not what it computes. */
const NOT_TUNED =
  /(^|-)(seed|random-state|workers|threads|jobs|ports?|n?gpus?|cuda|mps|accel|devices?|pin-memory|deterministic|rank|world|distributed|multiprocessing|log|logs|wandb|track|capture|upload|summary|warnings|tags|interval|save|checkpoints?|out|verbose|debug|resume|start|quiet|dry|dummy|test|eval|evaluate|version|help|patience|print|plot|download|cpu|every|amp|compile|profile|trials?|folds?|iters?|iterations|timesteps|(max|num|total|train)-steps|classes|(image|img|input|output)-size|val|validation|split|threshold|display)(-|$)/;
const EPOCHS = /^((num|n|nb|max|train|num-train)-)?(epochs|niter)$/;
const SEED = /^((random|manual)-)?seed$|^random-state$/;

/**
 * Writes the study of a script: each option that can be tuned, in a range around its default, which is tried first.
 * @param file the script's name, in the study's folder.
 * @param read what other files are read with.
 * @returns null if no option can be tuned. @throws UnreadableSourceError
 */
export function scriptStudy(
  text: string,
  file: string,
  language: ScriptLanguage,
  read?: ReadBeside,
): ScriptStudy | null {
  const options = uniqueByFlag(readScriptOptions(text, language, read));
  const found = options.map((option) => ({
    option,
    spec: NOT_TUNED.test(nameIn(option).replace("per-device-", "")) ? undefined : specOf(option),
  }));
  const tuned = found.flatMap(({ option, spec }) => (spec && !EPOCHS.test(ownName(option)) ? [{ option, spec }] : []));
  if (tuned.length === 0) return null;
  const epochs = options.find((option) => option.joint !== "none" && EPOCHS.test(ownName(option)));
  const seed = options.find((option) => option.joint !== "none" && SEED.test(ownName(option)));
  const left = options.filter(
    (option) => option !== epochs && option !== seed && !tuned.some((one) => one.option === option),
  );
  const parts = [
    `${language === "python" ? "python" : "node"} ${argumentOf(file)}`,
    ...(tuned[0]!.option.command ? [tuned[0]!.option.command] : []),
    ...tuned.flatMap(({ option }) => (option.joint === "none" ? [] : [partOf(option)])),
    ...(epochs ? [`${epochs.flag}${epochs.joint}{epochs}`] : []),
    ...(seed ? [`${seed.flag}${seed.joint}{seed}`] : []),
  ];
  const made = { name: file.replace(/\.\w+$/, ""), text, tuned, parts, left, epochs, hasSeed: seed !== undefined };
  return { text: write(made), tuned: tuned.map(({ option }) => option.flag), start: tuned[0]!.option.start };
}

interface MadeStudy {
  readonly name: string;
  /** The script's. */
  readonly text: string;
  readonly tuned: readonly { readonly option: ScriptOption; readonly spec: string }[];
  readonly parts: readonly string[];
  readonly left: readonly ScriptOption[];
  readonly epochs: ScriptOption | undefined;
  readonly hasSeed: boolean;
}

function write({ name, text, tuned, parts, left, epochs, hasSeed }: MadeStudy): string {
  const functions = ["categorical", "float", "int"].filter((used) =>
    tuned.some(({ spec }) => spec.startsWith(`${used}(`)),
  );
  const imports = ["command", "defineStudy", ...functions].sort().join(", ");
  const count = typeof epochs?.default === "number" && epochs.default >= 1 ? Math.round(epochs.default) : 10;
  // The Python module needs no name.
  const metric = /\btunelens_trial\b/.test(text) ? undefined : (metricIn(text) ?? usual);
  const lines = [
    `import { ${imports} } from "tunelens";`,
    "",
    "/** The ranges are guesses around the script's defaults, which are tried first. Change them to what you want to try. */",
    "export default defineStudy({",
    `  name: ${textLiteral(name)},`,
    `  direction: "${metric?.better ?? "minimize"}",`,
    "  space: {",
    ...tuned.map(({ option, spec }) => `    ${key(paramOf(option))}: ${spec},`),
    "  },",
    "  trials: 30,",
    ...(epochs ? [`  epochs: { study: ${count}, retrain: ${3 * count} },`] : []),
    ...(hasSeed ? ["  seed: 1,"] : []),
    ...(left.length > 0 ? [`  // Not tuned: ${left.map(({ flag }) => flag).join(", ")}`] : []),
    "  objective: command(",
    `    ${textLiteral(parts.join(" "))},`,
    ...(metric === undefined ? [] : reportLines(metric)),
    "  ),",
    "});",
  ];
  return `${lines.join("\n")}\n`;
}

/** Of a script that seems to print none. */
const usual: ScriptMetric = { name: "val_loss", pattern: null, better: "minimize" };

function reportLines({ name, pattern }: ScriptMetric): string[] {
  if (pattern === null)
    return [
      `    // The metric that the script prints, in lines such as ${name}=0.4`,
      `    { report: ${textLiteral(name)} },`,
    ];
  return [
    "    // The metric, and how the script prints it.",
    `    { report: ${textLiteral(name)}, pattern: /${pattern}/ },`,
  ];
}

function uniqueByFlag(options: readonly ScriptOption[]): ScriptOption[] {
  return options.filter(({ flag }, i) => options.findIndex((other) => other.flag === flag) === i);
}

/** `batch-size` of `--batch_size`. */
function nameIn({ flag }: ScriptOption): string {
  return flag
    .replace(/^-+/, "")
    .replaceAll(/([a-z\d])([A-Z])/g, "$1-$2")
    .replaceAll(/[_.]/g, "-")
    .toLowerCase();
}

/** `max-epochs` of `trainer.max_epochs`. */
function ownName(option: ScriptOption): string {
  return nameIn({ ...option, flag: option.flag.replace(/^.*\./, "") });
}

/** `batchSize` */
function paramOf(option: ScriptOption): string {
  if (option.joint === "none") return option.flag;
  return nameIn(option).replaceAll(/-+(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** A file's name as one argument of a command, in which quotes, backslashes, spaces, and braces have a meaning. */
function argumentOf(file: string): string {
  const text = file.replaceAll(/[{}]/g, "$&$&");
  if (!/[\s"'\\]/.test(text)) return text;
  return text.includes("'") ? `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"` : `'${text}'`;
}

function partOf(option: ScriptOption): string {
  const name = paramOf(option);
  if (option.type !== "switch") return `${option.flag}${option.joint}{${name}}`;
  if (option.joint === "=" && option.offFlag === null) return `{${name}?${option.flag}=True:${option.flag}=False}`;
  return option.offFlag === null ? `{${name}?${option.flag}}` : `{${name}?${option.flag}:${option.offFlag}}`;
}

/** How the option's parameter is written; undefined if it cannot be tuned. */
function specOf(option: ScriptOption): string | undefined {
  const { type, choices, default: value } = option;
  if (choices)
    return call("categorical", `[${choices.map(textLiteral).join(", ")}]`, value, choices.includes(value as never));
  if (type === "switch") return call("categorical", "[false, true]", value, typeof value === "boolean");
  if (type === "text") return undefined;
  const start = typeof value === "number" ? value : null;
  // Such a script computes it from others.
  if (start === 0 && /batch/.test(nameIn(option))) return undefined;
  return type === "int" ? intSpec(start) : floatSpec(nameIn(option), start);
}

function intSpec(value: number | null): string {
  if (value === null || value < 0) return "int(1, 100, { log: true })";
  if (value <= 8) return call("int", `${Math.min(1, value)}, ${Math.max(3, 2 * value)}`, value);
  return `int(${Math.max(1, Math.floor(value / 4))}, ${value * 4}, { log: true, default: ${value} })`;
}

function floatSpec(name: string, value: number | null): string {
  if (/drop(out)?/.test(name)) return call("float", "0, 0.6", value, value !== null && value >= 0 && value <= 0.6);
  if (/momentum|beta|gamma/.test(name))
    return call("float", "0, 0.999", value, value !== null && value >= 0 && value <= 0.999);
  if (value === null) return /lr|rate/.test(name) ? "float(1e-5, 0.1, { log: true })" : "float(1e-4, 1, { log: true })";
  if (value === 0) return "float(0, 0.1, { default: 0 })";
  if (value < 0) return call("float", `${short(2 * value)}, 0`, value);
  return `float(${short(value / 10)}, ${short(value * 10)}, { log: true, default: ${value} })`;
}

function short(value: number): number {
  return Number(value.toPrecision(6));
}

function call(name: string, range: string, value: Param, isInRange = true): string {
  return isInRange && value !== null ? `${name}(${range}, { default: ${textLiteral(value)} })` : `${name}(${range})`;
}
