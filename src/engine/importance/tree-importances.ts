/** Parameter to its importance in each tree of a forest; empty for one that cannot vary, or where no tree says anything. */
export type TreeImportances = ReadonlyMap<string, readonly number[]>;

export function meanOverTrees(byTree: TreeImportances): Map<string, number> {
  return new Map([...byTree].map(([name, shares]) => [name, shares.reduce((sum, x) => sum + x / shares.length, 0)]));
}
