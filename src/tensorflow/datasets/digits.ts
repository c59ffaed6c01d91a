import { checkOptions } from "../../engine/option-names.js";
import { shippedFile } from "./folders.js";
import { idx, type IdxOptions } from "./idx.js";
import { type ImageSet, splitOptionNames } from "./image-set.js";

export type DigitsOptions = Omit<IdxOptions, "brightest" | "classes">;

/**
 * 1,797 real images of handwritten digits, 8 × 8 × 1, ten classes; included in the package, so it needs no network. A fifth is for
 * validation and a fifth is for testing; the split depends only on `seed`.
 *
 * Source: Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, CC BY 4.0.
 */
export function digits(options: DigitsOptions = {}): Promise<ImageSet> {
  checkOptions<DigitsOptions>("digits", options, { ...splitOptionNames, test: true });
  const files = {
    images: shippedFile("digits-images-idx3-ubyte.gz"),
    labels: shippedFile("digits-labels-idx1-ubyte.gz"),
  };
  return idx(files, { ...options, brightest: 16 });
}
