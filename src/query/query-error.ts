/** What is wrong with a query, and where. */
export class QueryError extends Error {
  override readonly name = "QueryError";

  /**
   * @param from where in the query, from 0.
   * @param to exclusive.
   * @param suggestion what may have been meant in its place.
   */
  constructor(
    message: string,
    readonly from: number,
    readonly to: number,
    readonly suggestion: string | null = null,
  ) {
    super(suggestion === null ? message : `${message} Did you mean ${suggestion}?`);
  }
}
