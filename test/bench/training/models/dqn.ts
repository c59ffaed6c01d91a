import * as tf from "@tensorflow/tfjs";
import { SeededRng } from "../../../../src/engine/math/rng.js";
import { BATCH_SIZE, kernel, type Model, uniform, variablesOf, wholes, setKernels } from "../model.js";

const options = { states: 8, actions: 4, units: 64, discount: 0.99, replay: 2_000, learningRate: 1e-3 };
const { states, actions, units, discount, replay, learningRate } = options;

/** A deep Q-network: a custom loop, toward the values of a target network, over batches from a replay memory. */
export const dqn: Model = {
  program: "dqn",
  options,
  given: {
    first: kernel(states, units),
    second: kernel(units, units),
    third: kernel(units, actions),
    state: uniform(replay, states),
    action: wholes(actions, replay),
    reward: uniform(replay),
    next: uniform(replay, states),
    over: wholes(2, replay),
  },
  stepsPerRound: 200,
  start({ first, second, third, ...played }) {
    const memory = Object.values(played).map((tensor) => tensor.arraySync()) as Memory;
    const network = () => build([first!, second!, third!]);
    const target = network();
    const step = stepOf(network(), target);
    const rng = new SeededRng(2);
    return {
      loss: () => stepOf(network(), target)(batchOf(memory, (i) => i)),
      async steps(count) {
        for (let i = 0; i < count; i++) await step(batchOf(memory, () => Math.floor(rng.next() * replay)));
      },
    };
  },
};

/** State, action, reward, next state, and whether the game was over. */
type Memory = [number[][], number[], number[], number[][], number[]];

function batchOf(memory: Memory, draw: (i: number) => number): Memory {
  const drawn = Array.from({ length: BATCH_SIZE }, (_, i) => draw(i));
  return memory.map((all) => drawn.map((i) => all[i]!)) as Memory;
}

function build(kernels: readonly tf.Tensor[]): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units, activation: "relu", inputShape: [states] }),
      tf.layers.dense({ units, activation: "relu" }),
      tf.layers.dense({ units: actions }),
    ],
  });
  setKernels(model, kernels);
  return model;
}

/** @returns what trains for a step, and gives the loss. */
function stepOf(online: tf.LayersModel, target: tf.LayersModel): (batch: Memory) => Promise<number> {
  const optimizer = tf.train.adam(learningRate);
  return async ([state, action, reward, next, over]) => {
    const loss = tf.tidy(() => {
      const best = (target.apply(tf.tensor2d(next), { training: false }) as tf.Tensor).max(-1);
      const expected = tf.tensor1d(reward).add(best.mul(discount).mul(tf.scalar(1).sub(tf.tensor1d(over))));
      const chosen = tf.oneHot(tf.tensor1d(action, "int32"), actions).toFloat();
      const lossOf = () => {
        const values = online.apply(tf.tensor2d(state), { training: true }) as tf.Tensor;
        return tf.losses.meanSquaredError<tf.Tensor, tf.Scalar>(expected, values.mul(chosen).sum(-1));
      };
      return optimizer.minimize(lossOf, true, variablesOf(online))!;
    });
    const [value] = await loss.data();
    loss.dispose();
    return value!;
  };
}
