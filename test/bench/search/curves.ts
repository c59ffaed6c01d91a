/** Learning curves to prune: the loss of one configuration after `step` + 1 epochs, of 81. */
export interface Configuration {
  readonly lr: number;
  readonly width: number;
  readonly wd: number;
  readonly dropout: number;
}

const fraction = (x: number) => x - Math.floor(x);
const noise = (a: number, b: number) => fraction(Math.sin(a * 12.9898 + b * 78.233) * 43758.5453) - 0.5;

function asymptote({ lr, width, wd, dropout }: Configuration): number {
  const rate = 0.1 + 0.06 * (Math.log10(lr) + 2.7) ** 2 + 0.02 * (Math.log2(width) - 7) ** 2;
  return rate + 0.01 * (Math.log10(wd) + 4) ** 2 + 0.8 * (dropout - 0.25) ** 2;
}

/** Those of the recorded runs of Optuna: a low learning rate learns slowly, so that curves cross. */
export function exponential(configuration: Configuration, step: number): number {
  const { lr, width } = configuration;
  const rate = 0.5 * (lr / 1e-1) ** 0.35 + 0.01;
  const end = asymptote(configuration);
  const wobble = (0.02 * noise(lr * 1e3 + width, step + 1)) / Math.sqrt(step + 1);
  return end + (2.3 - end) * Math.exp(-rate * (step + 1)) + wobble;
}
