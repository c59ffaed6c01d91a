export function clip(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}
