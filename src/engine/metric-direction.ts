const BETTER_LOWER =
  /(^|[_./-])(loss|mse|msle|mae|mape|rmse|kld|ppl)$|error$|crossentropy$|proximity$|divergence$|hinge$|perplexity$/i;
const BETTER_HIGHER = /(^|[_./-])(acc|auc|f1|r2\w*|rewards?|returns?)$|accuracy$|precision$|recall$|score$/i;

/** Whether a metric is better when lower or when higher; undefined where its name does not say. */
export function directionByName(metric: string): "min" | "max" | undefined {
  const name = metric.replace(/^val_/, "");
  if (BETTER_HIGHER.test(name)) return "max";
  return BETTER_LOWER.test(name) ? "min" : undefined;
}
