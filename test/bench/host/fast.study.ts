import { defineStudy, float, random } from "tunelens";

const TRIAL_MS = 10;

export default defineStudy({
  name: "fast",
  space: { x: float(0, 1) },
  sampler: random(),
  trials: 500,
  objective(trial) {
    const end = performance.now() + TRIAL_MS;
    while (performance.now() < end);
    return trial.params.x;
  },
});
