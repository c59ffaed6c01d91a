import { expect, it } from "vitest";
import { bestMatches, complete, valueOption } from "../../src/query/complete.js";

const study = {
  directions: ["minimize"] as const,
  metricNames: ["val_loss"],
  params: ["learningRate", "optimizer", "batch size"],
  attributes: ["origin"],
  systemAttrs: {},
};

/** `|` is the cursor. */
function completed(text: string) {
  const cursor = text.indexOf("|");
  const { from, to, options, valuesOf } = complete(text.replace("|", ""), cursor, study);
  return { replaced: text.replace("|", "").slice(from, to), texts: options.map(({ text }) => text), valuesOf };
}

it.each<[text: string, replaced: string, first: readonly string[]]>([
  ["val|", "val", ["value", "values[0]", "val_loss"]],
  ["value < 3 and learn|", "learn", ["learningRate"]],
  ["not (opt|", "opt", ["optimizer"]],
  ["`bat|", "`bat", ["`batch size`"]],
  ["ori|", "ori", ["attributes.origin"]],
  ["state |", "", ["=", "!=", "in", "not in"]],
  ["value <|", "", []],
  ["failReason |", "", ["contains", "="]],
  ["state = |", "", ["complete", "running"]],
  ["state in (pruned, f|", "f", ["failed"]],
  ["state in |", "", ["("]],
  ["value < 3 |", "", ["and", "or"]],
  ["state in (pruned) a|", "a", ["and"]],
])("completes %s", (text, replaced, first) => {
  const completion = completed(text);
  expect(completion.replaced).toBe(replaced);
  expect(completion.texts.slice(0, first.length)).toEqual(first);
});

it("offers every field at the beginning, and says of which field a value is", () => {
  expect(completed("|").texts).toContain("`batch size`");
  expect(completed("optimizer = |").valuesOf).toBe("optimizer");
  expect(completed("optimizer in (adam, s|").valuesOf).toBe("optimizer");
  expect(completed('optimizer = "a|')).toMatchObject({ valuesOf: "optimizer", replaced: '"a' });
  expect(completed("state = |").valuesOf).toBeNull();
  expect(completed("optimizer |").valuesOf).toBeNull();
  expect(completed("nothing = |").valuesOf).toBeNull();
});

it("writes values as a query has them, those that begin with what was typed first", () => {
  const options = ["sgd", "adam w", "nadam", 3, null].map(valueOption);
  expect(bestMatches(options, "ad").map(({ text }) => text)).toEqual(['"adam w"', "nadam"]);
  expect(bestMatches(options, "").map(({ text }) => text)).toEqual(["sgd", '"adam w"', "nadam", "3", "null"]);
});
