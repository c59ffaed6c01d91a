/**
 * The study of digits-mlp.study.ts with a network of scikit-learn: tunes the Python script beside it, which uses Tunelens only for its
 * checkpoints and to save the retrained model. Needs Python with scikit-learn: `pip install scikit-learn`.
 */
import { command, defineStudy, float, hyperband, int } from "tunelens";

export default defineStudy({
  name: "scikit-learn",
  direction: "maximize",
  space: {
    units: int(16, 128, { log: true, default: 64 }),
    layers: int(1, 3, { default: 1 }),
    lr: float(1e-4, 1e-1, { log: true, default: 1e-3 }),
    alpha: float(1e-6, 1e-1, { log: true, default: 1e-4 }),
    batchSize: int(16, 256, { log: true, default: 64 }),
  },
  pruner: hyperband({ minResource: 2, maxResource: 15 }),
  trials: 40,
  epochs: { study: 15, retrain: 40 },
  seed: 7,
  objective: command(
    "python scikit_learn_digits.py --units {units} --layers {layers} --lr {lr} --alpha {alpha} --batch-size {batchSize} " +
      "--epochs {epochs} --seed {seed}",
    { report: "val_acc" },
  ),
});
