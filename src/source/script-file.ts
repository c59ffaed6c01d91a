/** Loads no parser, so that the extension host may use it. */
export type ScriptLanguage = "python" | "javascript";

/** What a file of this name is written in; undefined: neither Python nor JavaScript, or a study. */
export function scriptLanguageOf(path: string): ScriptLanguage | undefined {
  if (/\.study\.[cm]?[jt]s$/i.test(path)) return undefined;
  if (/\.py$/i.test(path)) return "python";
  return /\.[cm]?js$/i.test(path) ? "javascript" : undefined;
}

/** The name of the study's file beside a script. */
export function studyFileOf(script: string): string {
  return script.replace(/\.\w+$/, ".study.ts");
}

/** Whether a script may declare options at all: only then is it parsed. */
export function mayHaveOptions(text: string, language: ScriptLanguage): boolean {
  const declares =
    language === "python"
      ? /\badd_argument|\boption\b|\bDEFINE_|\bconfigurator\.py\b|@hydra\.main|HfArgumentParser|\b(?:tyro|typer|fire|pyrallis|draccus|simple_parsing|Tap|CliApp|cli_parse_args|tunelens_trial)\b/
      : /\bparseArgs\b|\badd_?argument\b|\.options?\(/i;
  return declares.test(text);
}

/** What is read of a script. */
const readOf: Readonly<Record<ScriptLanguage, string>> = {
  python:
    "argparse, click, typer, absl.flags, fire, tyro, HfArgumentParser and other parsers of dataclasses, and the YAML files of Hydra",
  javascript: "util.parseArgs, and the packages argparse, yargs, and commander",
};

/** A number that a module sets at its top: `LEARNING_RATE = 1e-3`. */
const CONSTANT = /^([A-Za-z_]\w*) *(?:: *(?:int|float) *)?= *([-+]?(?:\d[\d_]*)?\.?\d+(?:e[-+]?\d+)?) *(?:#.*)?$/i;
const TUNABLE =
  /lr|rate|batch|units|hidden|layers?|dim|drop|decay|momentum|beta|gamma|alpha|lambda|heads|depth|width|kernel|filters/i;
const MOST_CONSTANTS = 3;
const LONGEST_LINE = 200;

/** Why a script has nothing to tune, and what to write. */
export function describeNoOptions(text: string, language: ScriptLanguage): string {
  const declared = new Set([...text.matchAll(/["'](--[A-Za-z][\w-]*)["']/g)].map(([, flag]) => flag!));
  const why =
    declared.size > 0
      ? `None of the options that can be read (${[...declared].join(", ")}) is a number, a choice, or a switch to tune.`
      : "It declares no option that can be tuned.";
  const constants = language === "python" ? constantsIn(text) : [];
  if (constants.length > 0)
    return `${why} To tune its constants, write import tunelens_trial as trial at its top, and ${constants.join(", ")}. Then try again.`;
  const example =
    language === "python"
      ? 'parser.add_argument("--lr", type=float, default=0.01)'
      : 'parseArgs({ options: { lr: { type: "string", default: "0.01" } } })';
  return `${why} Read its numbers from the command line, for example by ${example}. What Tunelens reads: ${readOf[language]}.`;
}

function constantsIn(text: string): string[] {
  const found = text.split("\n").flatMap((line, i) => {
    const [, name, value] = (line.length <= LONGEST_LINE && CONSTANT.exec(line.trimEnd())) || [];
    if (name === undefined || !TUNABLE.test(name)) return [];
    const param = name.toLowerCase().replaceAll(/_+(\w)/g, (_, letter: string) => letter.toUpperCase());
    return [`in line ${i + 1} ${name} = trial.params.get("${param}", ${value})`];
  });
  return found.slice(0, MOST_CONSTANTS);
}
