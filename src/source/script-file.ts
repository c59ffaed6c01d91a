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
      ? /\badd_argument\b|\boption\b|\bDEFINE_|\bconfigurator\.py\b/
      : /\bparseArgs\b|\badd_?argument\b|\.options?\(/i;
  return declares.test(text);
}

/** What to do with a script that declares nothing to tune. */
export const NO_OPTIONS =
  "It declares no option that can be tuned. Read its numbers from the command line, for example by " +
  'parser.add_argument("--lr", type=float, default=0.01) in Python, or by parseArgs({ options: { lr: { type: "string", default: "0.01" } } }) in Node.js.';
