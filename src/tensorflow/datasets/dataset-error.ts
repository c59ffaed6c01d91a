import { TunelensError } from "../../engine/errors.js";

/** A data set that is missing, cannot be downloaded, or is invalid. */
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
