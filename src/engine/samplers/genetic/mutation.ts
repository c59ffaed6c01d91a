import { InvalidArgumentError } from "../../errors.js";
import { checkOptions } from "../../option-names.js";
import type { Rng } from "../../math/rng.js";

/** Changes one numeric parameter of a new individual. You can use your own wherever a built-in one works. */
export interface Mutation {
  /** Used in messages. */
  readonly name: string;
  /**
   * @param value the natural logarithm if the parameter is logarithmic; so are `low` and `high`, which are widened by half a step.
   * @returns the new value, which is clamped to the bounds.
   */
  mutate(value: number, low: number, high: number, rng: Rng): number;
}

/**
 * Mostly small steps, within the bounds. Deb and Goyal, "A Combined Genetic Adaptive Search (GeneAS) for Engineering Design" (1996).
 * @param options `eta`: a larger value means smaller steps; at least 0, default 20.
 * @throws InvalidArgumentError
 */
export function polynomialMutation(options: { readonly eta?: number } = {}): Mutation {
  checkOptions("polynomialMutation", options, { eta: true });
  const { eta = 20 } = options;
  if (!(eta >= 0)) throw new InvalidArgumentError(`polynomialMutation: eta must be at least 0, not ${eta}.`);
  return {
    name: "PolynomialMutation",
    mutate: (value, low, high, rng) => {
      const u = rng.next();
      const width = high - low;
      if (width <= 0) return value;
      const room = u <= 0.5 ? (value - low) / width : (high - value) / width;
      const tail = u <= 0.5 ? u : 1 - u;
      const power = 2 * tail + (1 - 2 * tail) * (1 - room) ** (eta + 1);
      const step = 1 - power ** (1 / (eta + 1));
      return value + (u <= 0.5 ? -step : step) * width;
    },
  };
}
