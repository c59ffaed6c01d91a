import { TunelensError } from "../../engine/errors.js";

/** A data set that is not there, cannot be fetched, or is not what it says it is. */
export class DatasetError extends TunelensError {
  override readonly name = "DatasetError";
  constructor(
    code: "dataset-missing" | "dataset-invalid" | "download-failed",
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}
