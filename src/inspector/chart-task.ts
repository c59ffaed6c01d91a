import type { ChartData, ChartName, ChartRequest } from "../protocol/charts.js";
import type { WireError } from "../protocol/wire.js";
import { InspectedStorage } from "./inspected-storage.js";
import { toWireError } from "./wire-error.js";

/** A chart to be made of a study as it is stored. */
export interface ChartTask {
  readonly storage: string;
  /** Of the storage's file, absolute. */
  readonly path: string;
  readonly study: string;
  readonly request: ChartRequest;
}

export type ChartAnswer = { readonly data: ChartData[ChartName] } | { readonly error: WireError };

export function perform({ storage, path, study, request }: ChartTask): ChartAnswer {
  const inspected = new InspectedStorage(storage, path);
  try {
    return { data: inspected.view(study).chart(request) };
  } catch (error) {
    return { error: toWireError(error) };
  } finally {
    inspected.close();
  }
}
