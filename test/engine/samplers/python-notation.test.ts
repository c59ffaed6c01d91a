import { expect, it } from "vitest";
import {
  categoricalDistribution,
  floatDistribution,
  intDistribution,
  type Distribution,
} from "../../../src/engine/distribution.js";
import { pythonDistribution, pythonJson } from "../../../src/engine/samplers/python-notation.js";

/** What Python 3.11 shows. */
it.each<[Distribution, string]>([
  [floatDistribution(1e-5, 1e16, { log: true }), "FloatDistribution(high=1e+16, log=True, low=1e-05, step=None)"],
  [floatDistribution(0, 1, { step: 0.1 }), "FloatDistribution(high=1.0, log=False, low=0.0, step=0.1)"],
  [floatDistribution(-2.5e-7, 0.0001), "FloatDistribution(high=0.0001, log=False, low=-2.5e-07, step=None)"],
  [intDistribution(1, 8), "IntDistribution(high=8, log=False, low=1, step=1)"],
  [categoricalDistribution(["only"]), "CategoricalDistribution(choices=('only',))"],
  [
    categoricalDistribution(["a'b", 'é"', null, true, 1, 2.5, 1e-7, "a'\"\n\\"]),
    `CategoricalDistribution(choices=("a'b", 'é"', None, True, 1, 2.5, 1e-07, 'a\\'"\\n\\\\'))`,
  ],
])("%j is shown as Python shows it", (distribution, expected) => {
  expect(pythonDistribution(distribution)).toBe(expected);
});

it("writes JSON in ASCII with blanks", () => {
  expect(pythonJson({ é: 'a"\n', b: "😀" })).toBe('{"\\u00e9": "a\\"\\n", "b": "\\ud83d\\ude00"}');
});
