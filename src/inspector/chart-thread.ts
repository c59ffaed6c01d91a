/** A thread that makes one chart: it reads the study itself, and is ended when nobody waits for the chart any more. */
import { parentPort, workerData } from "node:worker_threads";
import { type ChartTask, perform } from "./chart-task.js";

parentPort!.postMessage(perform(workerData as ChartTask));
