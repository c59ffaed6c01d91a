/**
 * The study of digits.study.ts with a network of PyTorch: the same space, the same images, the same budget. It tunes the Python script beside it,
 * which uses Tunelens only for its checkpoints and to save the retrained model. Needs Python with PyTorch and scikit-learn, which has the images: `pip install torch scikit-learn`.
 */
import { branch, categorical, command, defineStudy, float, hyperband, int, tpe } from "tunelens";

export default defineStudy({
  name: "pytorch",
  direction: "maximize",
  space: {
    convLayers: int(1, 3),
    filters: categorical([8, 16, 32]),
    denseUnits: int(16, 128, { log: true }),
    dropout: float(0, 0.5, { step: 0.05 }),
    optimizer: branch({
      adam: { learningRate: float(1e-4, 1e-1, { log: true }) },
      sgd: { learningRate: float(1e-3, 1, { log: true }), momentum: float(0, 0.95) },
    }),
  },
  sampler: tpe({ multivariate: true }),
  pruner: hyperband({ minResource: 2, maxResource: 15 }),
  trials: 40,
  epochs: { study: 15, retrain: 40 },
  seed: 7,
  objective: command(
    "python pytorch_digits.py --conv-layers {convLayers} --filters {filters} --dense-units {denseUnits} --dropout {dropout} " +
      // What belongs to the optimizer that was not chosen is left out, with its flag.
      "--optimizer {optimizer} --lr {optimizer.adam.learningRate} --lr {optimizer.sgd.learningRate} " +
      "--momentum {optimizer.sgd.momentum} --epochs {epochs} --seed {seed}",
    // So small a network trains faster on one thread.
    { report: "val_acc", value: "best", env: { OMP_NUM_THREADS: "1" } },
  ),
});
