import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { TunelensError } from "../../engine/errors.js";
import { EventFile } from "./event-file.js";

/** Writes scalars to a folder that TensorBoard reads, as tfjs-node's does. */
class SummaryFileWriter {
  private readonly file: EventFile;

  constructor(folder: string, suffix: string) {
    this.file = new EventFile(folder, suffix);
  }

  scalar(name: string, value: number | tf.Scalar, step: number): void {
    this.file.scalar(name, typeof value === "number" ? value : value.dataSync()[0]!, step);
  }

  /** @throws TunelensError code `needs-tfjs-node`. */
  histogram(): never {
    throw new TunelensError(
      "needs-tfjs-node",
      "Tunelens writes scalars for TensorBoard, but no histograms. Remove histogram().",
    );
  }

  /** Everything is already written. */
  flush(): void {}
}

export function summaryFileWriter(
  logdir: string,
  _maxQueue?: number,
  _flushMillis?: number,
  suffix = ".v2",
): SummaryFileWriter {
  return new SummaryFileWriter(logdir, suffix);
}

interface TensorBoardOptions {
  /** After each batch, or each epoch. Default: `epoch`. */
  readonly updateFreq?: "batch" | "epoch";
}

/** A callback that writes each metric for TensorBoard, in the folders `train` and `val` of `logdir`. */
export function tensorBoard(logdir: string, options: TensorBoardOptions = {}): tf.CustomCallback {
  const writers = new Map<string, SummaryFileWriter>();
  const writerOf = (set: string) => {
    const known = writers.get(set) ?? new SummaryFileWriter(join(logdir, set), ".v2");
    writers.set(set, known);
    return known;
  };
  const write = (logs: Readonly<Record<string, number>>, prefix: string, step: number) => {
    for (const [name, value] of Object.entries(logs)) {
      if (name === "batch" || name === "size") continue;
      const set = name.startsWith("val_") ? "val" : "train";
      writerOf(set).scalar(prefix + name.replace(/^val_/, ""), value, step);
    }
  };
  let batches = 0;
  return new tf.CustomCallback({
    onBatchEnd: (_batch, logs = {}) => {
      batches++;
      if (options.updateFreq === "batch") write(logs, "batch_", batches);
    },
    onEpochEnd: (epoch, logs = {}) => write(logs, "epoch_", epoch + 1),
  });
}
