/** A thread that makes charts of one study. */
import { parentPort, workerData } from "node:worker_threads";
import { type ChartedStudy, ChartWork } from "./chart-work.js";
import type { ToChartThread, FromChartThread } from "./chart-threads.js";

const port = parentPort!;
const work = new ChartWork(workerData as ChartedStudy);
const tell = (message: FromChartThread) => port.postMessage(message);

port.on("message", (message: ToChartThread) => {
  if (message === "cancel") return work.cancel();
  void work.make(message, () => tell("read")).then(tell);
});
