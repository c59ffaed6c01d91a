import type { ChartData, ChartName, ChartRequest } from "../protocol/charts.js";
import type { WireError } from "../protocol/wire.js";
import { chartMakers } from "./charts/charts.js";
import { chartCanceled } from "./chart-canceled.js";
import { InspectedStorage } from "./inspected-storage.js";
import { toWireError } from "./wire-error.js";

export interface ChartedStudy {
  readonly storage: string;
  /** Of the storage's file, absolute. */
  readonly path: string;
  readonly study: string;
}

/** A chart to be made of a study as it is stored. */
export interface ChartTask extends ChartedStudy {
  readonly request: ChartRequest;
}

export type ChartAnswer = { readonly data: ChartData[ChartName] } | { readonly error: WireError };

/** Makes charts of one study, one after another. What it has read of the study it keeps, and reads what is new before the next chart. */
export class ChartWork {
  private readonly inspected: InspectedStorage;
  private readonly study: string;
  private isCanceled = false;

  constructor({ storage, path, study }: ChartedStudy) {
    this.inspected = new InspectedStorage(storage, path);
    this.study = study;
  }

  /** @param onRead is called when the study is read, and the chart is computed. */
  async make(request: ChartRequest, onRead: () => void): Promise<ChartAnswer> {
    this.isCanceled = false;
    try {
      return { data: (await this.makeOfHeads(request, onRead)) ?? (await this.makeInFull(request, onRead)) };
    } catch (error) {
      return { error: toWireError(error) };
    }
  }

  /** Gives up the chart that is made, as long as the study is read for it. */
  cancel(): void {
    this.isCanceled = true;
  }

  close(): void {
    this.inspected.close();
  }

  private async makeOfHeads(request: ChartRequest, onRead: () => void): Promise<ChartData[ChartName] | undefined> {
    if (!chartMakers[request.chart].needsHeadsOnly) return undefined;
    await this.read(() => this.inspected.readHeadsOn(this.study));
    const heads = this.inspected.heads(this.study);
    if (!heads?.knows(request.filter)) return undefined;
    onRead();
    return heads.chart(request);
  }

  private async makeInFull(request: ChartRequest, onRead: () => void): Promise<ChartData[ChartName]> {
    await this.read(() => this.inspected.readOn(this.study));
    const view = this.inspected.view(this.study);
    onRead();
    return view.chart(request);
  }

  /** @param readOn reads a part. @returns whether it was the last. */
  private async read(readOn: () => boolean): Promise<void> {
    for (let isLast = false; !isLast;) {
      isLast = readOn();
      await new Promise((resolve) => setImmediate(resolve));
      if (this.isCanceled) throw chartCanceled();
    }
  }
}
