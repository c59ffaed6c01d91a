/** Rows of the table that is printed. */
export type Rows = [what: string, measured: string][];

export async function timed<T>(action: () => Promise<T>): Promise<[result: T, milliseconds: number]> {
  const start = performance.now();
  const result = await action();
  return [result, performance.now() - start];
}

export function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms`;
}

export function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
