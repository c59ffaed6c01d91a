import * as tf from "@tensorflow/tfjs";

/** Who looks at the next shuffle. */
let looking: ((order: number[]) => void) | undefined;

let isWatching = false;

/**
 * Calls back with the list that is shuffled next, before it is: `model.fit` shuffles the order of the epoch before, which nobody else sees.
 * What is written into the list is shuffled.
 */
export function beforeNextShuffle(look: ((order: number[]) => void) | undefined): void {
  watchShuffles();
  looking = look;
}

function watchShuffles(): void {
  if (isWatching) return;
  isWatching = true;
  const stock = tf.util.shuffle;
  Reflect.set(tf.util, "shuffle", (order: number[]) => {
    const look = looking;
    looking = undefined;
    look?.(order);
    stock(order);
  });
}
