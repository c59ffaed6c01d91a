import * as tf from "@tensorflow/tfjs";
import { currentStream } from "./seed.js";

interface Shuffled {
  iterator(): Promise<unknown>;
}

type Shuffle = (this: tf.data.Dataset<tf.TensorContainer>, ...settings: [number, string?, boolean?]) => Shuffled;

const seeded = new WeakSet<Shuffle>();

/**
 * Makes `shuffle` of data sets draw from `Math.random`, and so from the study's seed, where it has no seed of its own: TensorFlow.js takes
 * the time. With a seed, the orders begin anew in each trial. Running it again does nothing.
 */
export function seedShuffles(): void {
  const prototype = tf.data.Dataset.prototype as unknown as { shuffle: Shuffle };
  const stock = prototype.shuffle;
  if (seeded.has(stock)) return;
  prototype.shuffle = function (bufferSize, seed, reshuffleEachIteration = true) {
    const given = seed || String(Math.random());
    const start = (first: string) => stock.call(this, bufferSize, first, reshuffleEachIteration);
    const drawAnew = !seed && reshuffleEachIteration;
    const orders = start(given);
    const next = { iterator: orders.iterator.bind(orders), stream: currentStream() };
    orders.iterator = () => {
      if (drawAnew || next.stream !== currentStream()) {
        const anew = start(drawAnew ? String(Math.random()) : given);
        Object.assign(next, { iterator: anew.iterator.bind(anew), stream: currentStream() });
      }
      return next.iterator();
    };
    return orders;
  };
  seeded.add(prototype.shuffle);
}
