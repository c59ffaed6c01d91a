/** A parameter's share in the outcome: `81.2%`. */
export function formatImportance(share: number): string {
  if (share > 0 && share < 0.001) return "<0.1%";
  return `${(share * 100).toFixed(1)}%`;
}

/** Its 90% interval: `14–85%`. */
export function formatInterval(interval: readonly [low: number, high: number]): string {
  return `${interval.map((end) => (end * 100).toFixed(0)).join("–")}%`;
}
