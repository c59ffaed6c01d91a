/** A metric that a script seems to print. */
export interface ScriptMetric {
  readonly name: string;
  /** How its lines are read, as the source of a regular expression, if they are not simply `name=0.4` or `name: 0.4`. */
  readonly pattern: string | null;
  readonly better: "minimize" | "maximize";
}

/** What a number is put in place of, in a text that is printed: `{}` and `{loss:.4f}`, `%.4f`, `${loss}`, and `", loss`. */
const PLACE = /\{[^{}\n]{0,80}\}|%[-+.\d]{0,9}[dfgs]|["']\s{0,9},/g;
/** The words before it. */
const LABEL = /(?:[A-Za-z_][\w@./-]{0,39}[: ]{1,3}){0,5}[A-Za-z_][\w@./-]{0,39}["']?\s{0,3}[:=]?\s{0,3}["']?$/;
const METRIC =
  /(?:loss|acc|accuracy|auc|f1|score|error|mse|mae|rmse|ppl|perplexity|bleu|iou|returns?|rewards?)(?:@\d+|_[a-z\d]{1,3})?$/i;
const HIGHER = /acc|f1|auc|score|bleu|iou|return|reward/i;
const HELD_OUT = /(?:^|[^a-z])(?:e?val|test|dev(?![a-z]))/i;
/** How far before a place its words are looked for. */
const REACH = 160;

/** The metric to optimize of those that a script seems to print: a loss of data that it was not trained on, if there is one. */
export function metricIn(text: string): ScriptMetric | undefined {
  const [best] = printedMetrics(text).toSorted((a, b) => rankOf(a) - rankOf(b));
  return fittedMetric(text) ?? best?.metric ?? namedMetric(text);
}

/** Keras and TensorFlow.js print their metrics after each epoch, and so does the trainer of transformers after some steps. */
function fittedMetric(text: string): ScriptMetric | undefined {
  if (/\btransformers\b/.test(text) && /Trainer\(/.test(text)) {
    const name = /\beval_(?:strategy|steps)\b|evaluation_strategy|\.evaluate\(/.test(text) ? "eval_loss" : "loss";
    return { name, pattern: null, better: "minimize" };
  }
  if (!/\.fit(?:Dataset)?\(/.test(text) || /\bverbose\s*[=:]\s*0/.test(text)) return undefined;
  if (/\bvalidation_?(?:data|split)/i.test(text)) return { name: "val_loss", pattern: null, better: "minimize" };
  return /\bkeras\b|tfjs/.test(text) ? { name: "loss", pattern: null, better: "minimize" } : undefined;
}

interface Printed {
  readonly label: string;
  readonly metric: ScriptMetric;
}

function printedMetrics(text: string): Printed[] {
  return [...text.matchAll(PLACE)].flatMap(({ 0: place, index }) => {
    const isQuote = /^["']/.test(place);
    const before = textBefore(text, index);
    if (isQuote && !/\b(?:print|log|info)\(/.test(before)) return [];
    const label = LABEL.exec(plain(before))?.[0];
    const words = label?.replace(/["']?\s*[:=]?\s*["']?$/, "");
    if (words === undefined || !METRIC.test(words)) return [];
    return [{ label: words, metric: describe(words, /[:=]/.test(label!.slice(words.length))) }];
  });
}

/** On the same line, after what was put in before. */
function textBefore(text: string, end: number): string {
  const line = text
    .slice(Math.max(0, end - REACH), end)
    .split("\n")
    .at(-1)!;
  return line.replace(/\$$/, "");
}

/** Without escapes such as `\t`, and what stands before them or before another place. */
function plain(text: string): string {
  return text.split(/\\[a-z]|[{}%()|*,]/).at(-1)!;
}

function describe(words: string, hasSign: boolean): ScriptMetric {
  const better = HIGHER.test(words) ? "maximize" : "minimize";
  // A single word that a sign follows is read without a pattern.
  if (hasSign && /^[\w@./-]+$/.test(words)) return { name: words, pattern: null, better };
  const name = nameOf(words);
  const spelled = words.replaceAll(/[.*+?^$()[\]{}|\\/]/g, String.raw`\$&`).replaceAll(/\s+/g, " +");
  return { name, pattern: `${spelled}[:= ]+(?<${name}>[-+.\\w]+)`, better };
}

/** `test_loss` of `Test set: Average loss` */
function nameOf(words: string): string {
  const parts = words
    .toLowerCase()
    .split(/[^a-z\d_]+/)
    .filter(Boolean);
  const metric = parts.findLast((part) => METRIC.test(part)) ?? parts.at(-1)!;
  const data = parts.find((part) => HELD_OUT.test(part) && part !== metric);
  const name = data === undefined || HELD_OUT.test(metric) ? metric : `${data}_${metric}`;
  return name.replace(/^\d+/, "_");
}

function rankOf({ label, metric }: Printed): number {
  const isHeldOut = HELD_OUT.test(label);
  const isLoss = metric.better === "minimize";
  return (isHeldOut ? 0 : 2) + (isLoss === isHeldOut ? 0 : 1);
}

/** The key of a dictionary that `json.dumps` or `JSON.stringify` may print. */
function namedMetric(text: string): ScriptMetric | undefined {
  const keys = ["val_loss", "test_loss", "val_accuracy", "val_acc", "accuracy", "acc", "f1", "loss"];
  const name = keys.find((key) => new RegExp(String.raw`["']?\b${key}["']?\s*:`).test(text));
  return name === undefined ? undefined : { name, pattern: null, better: HIGHER.test(name) ? "maximize" : "minimize" };
}
