import { InvalidArgumentError } from "../../errors.js";
import { checkOptions } from "../../known-names.js";
import type { Rng } from "../../math/rng.js";

/** Changes one numeric parameter of a new individual. One of your own works everywhere a built-in does. */
export interface Mutation {
  /** For messages. */
  readonly name: string;
  /**
   * @param value in natural logarithms where the parameter is logarithmic; `low` and `high` alike, widened by half a step.
   * @returns the new value; what lies outside is moved to the bound.
   */
  mutate(value: number, low: number, high: number, rng: Rng): number;
}

/**
 * Mostly small steps, within the bounds. Deb and Goyal, "A Combined Genetic Adaptive Search (GeneAS) for Engineering Design" (1996).
 * @param options `eta`: the larger, the smaller the steps; at least 0, default 20.
 * @throws InvalidArgumentError
 */
export function polynomialMutation(options: { readonly eta?: number } = {}): Mutation {
  checkOptions("polynomialMutation", options, { eta: true });
  const { eta = 20 } = options;
  if (!(eta >= 0)) throw new InvalidArgumentError(`polynomialMutation: eta is at least 0, not ${eta}.`);
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
