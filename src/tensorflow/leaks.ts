import * as tf from "@tensorflow/tfjs";
import { freeWithTrial } from "./freed-tensors.js";
import { keepModelsOfModules } from "./module-models.js";
import { isModuleWork } from "./module-work.js";

/** What a trial left behind, and what was freed. */
export interface Leaks {
  /** Tensors nobody disposed of, other than weights and what optimizers keep. */
  readonly tensors: number;
  readonly bytes: number;
  /** Weights of models, slots of optimizers: freed with the trial and no reason to warn. */
  readonly variables: number;
  /** Where they were made, of some of them: the stacks of these errors. Empty if they were not traced. */
  readonly origins: readonly Error[];
}

/** So many stacks are looked at; the lines that make most tensors are among them. */
const MAX_ORIGINS = 200;

/** A user's line may be below the frames of a layer, an operation, and the engine. */
const STACK_FRAMES = 30;

const expected = new WeakSet<tf.Tensor>();

/** Variables that no trial made: where one sets their value, TensorFlow.js tracks them anew. */
const ofModules = new WeakSet<tf.Tensor>();

/** Says that these live on for a reason: they are freed with the trial, and not counted as leaks. */
export function expectAlive(tensors: readonly tf.Tensor[]): void {
  for (const tensor of tensors) expected.add(tensor);
}

/** Watches which tensors and variables a trial makes, until {@link free}. Only one at a time. */
export class TensorWatch {
  private readonly alive = new Set<tf.Tensor>();
  private readonly origins = new WeakMap<tf.Tensor, Error>();
  private readonly stop: () => void;

  /**
   * @param trial its number, for whoever uses later what is freed with it.
   * @param traces whether to keep where tensors were made, which takes some microseconds for each that no `tf.tidy` would free.
   */
  constructor(
    private readonly trial?: number,
    private readonly traces = false,
  ) {
    keepModelsOfModules();
    const engine = tf.engine();
    for (const variable of Object.values(engine.registeredVariables)) ofModules.add(variable);
    const { trackTensor, disposeTensor, endScope } = engine;
    engine.trackTensor = (tensor, backend) => {
      if (isModuleWork()) ofModules.add(tensor);
      else if (!ofModules.has(tensor)) this.alive.add(tensor);
      trackTensor.call(engine, tensor, backend);
      this.trace(tensor);
    };
    // What leaves the outermost scope, of which every operation is one, nobody frees.
    engine.endScope = (result) => {
      endScope.call(engine, result);
      if (result) this.trace(result);
    };
    engine.disposeTensor = (tensor) => {
      this.alive.delete(tensor);
      disposeTensor.call(engine, tensor);
    };
    this.stop = () => Object.assign(engine, { trackTensor, disposeTensor, endScope });
  }

  /**
   * Frees what was made since and is still alive: variables (so: models and optimizers), and tensors. A tensor with at least
   * one axis that the study passed to `tf.keep()` stays, for the trials to come. Call it once.
   */
  free(): Leaks {
    this.stop();
    const [variables, others] = partition([...this.alive], (tensor) => tensor instanceof tf.Variable);
    // Kept scalars are what TensorFlow.js holds for itself: learning rates, an epoch's losses.
    const unkept = others.filter((tensor) => !tensor.kept || tensor.rank === 0);
    const leaked = unkept.filter((tensor) => !tensor.kept && !expected.has(tensor));
    const bytes = leaked.reduce((sum, tensor) => sum + tensor.size * tf.util.bytesPerElement(tensor.dtype), 0);
    freeWithTrial([...variables, ...unkept], this.trial);
    const origins = leaked.slice(0, MAX_ORIGINS).flatMap((tensor) => this.origins.get(tensor) ?? []);
    return { tensors: leaked.length, bytes, variables: variables.length, origins };
  }

  private trace(made: tf.TensorContainer): void {
    if (!this.traces || tf.engine().state.activeScope) return;
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = STACK_FRAMES;
    const origin = new Error("made here");
    Error.stackTraceLimit = stackTraceLimit;
    for (const tensor of made instanceof tf.Tensor ? [made] : tensorsIn(made))
      if (this.alive.has(tensor)) this.origins.set(tensor, origin);
  }
}

function tensorsIn(container: tf.TensorContainer): tf.Tensor[] {
  if (container instanceof tf.Tensor) return [container];
  return typeof container === "object" && container !== null
    ? Object.values(container as Readonly<Record<string, tf.TensorContainer>>).flatMap(tensorsIn)
    : [];
}

/**
 * A sentence for the user where a trial leaked; `undefined` where it did not.
 * @param lines where the tensors were made, the line that made most of them first.
 */
export function leakWarning({ tensors, bytes }: Leaks, lines: readonly string[] = []): string | undefined {
  if (tensors === 0) return undefined;
  const [count, verb] = tensors === 1 ? ["1 tensor", "was"] : [`${tensors} tensors`, "were"];
  const size = bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  return (
    `${count} (${size}) ${verb} still allocated at the end of the trial and ${verb} freed${madeAt(lines)}. ` +
    "Wrap the code in tf.tidy(), or call dispose(). Pass what later trials need to tf.keep(). Leaks of the study's other trials are freed " +
    "without a warning."
  );
}

function madeAt(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `; made at ${lines.join(", ")}`;
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): [T[], T[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))];
}
