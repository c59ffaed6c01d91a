import { describe, expect, it } from "vitest";
import { followed, followUpsOf, rootStudies } from "../../src/extension/follow-up-tree.js";

/** `b<a`: the study b, which follows a. */
const studiesOf = (...texts: string[]) =>
  texts.map((text) => {
    const [name = "", from] = text.split("<");
    return { name, followUp: from === undefined ? null : { from, frozen: {}, taken: 0 } };
  });

describe("the tree of studies", () => {
  it.each([
    [["a", "b<a", "c<b", "d"], "a(b(c)) d"],
    [["b<gone", "c<b"], "b(c)"],
    [["a<a"], "a"],
    [["a<b", "b<a"], "a b"],
    [["a<b", "b<a", "c<a"], "a(c) b"],
  ])("of %j is %s", (texts, tree) => {
    const studies = studiesOf(...texts);
    const shown = (some: readonly { readonly name: string }[]): string =>
      some
        .map(({ name }) => {
          const children = shown(followUpsOf(name, studies));
          return children === "" ? name : `${name}(${children})`;
        })
        .join(" ");
    expect(shown(rootStudies(studies))).toBe(tree);
  });
});

it.each([
  ["c", ["a", "b<a", "c<b"], ["b", "a"]],
  ["a", ["a"], []],
  ["a", ["a<gone"], ["gone"]],
  ["a", ["a<a"], ["a"]],
  ["c", ["a<b", "b<a", "c<a"], ["a", "b"]],
])("%s of %j follows %j, also in a circle", (name, texts, names) => {
  const parents = new Map(studiesOf(...texts).map((study) => [study.name, study.followUp?.from]));
  expect(followed(name, (study) => parents.get(study))).toEqual(names);
});
