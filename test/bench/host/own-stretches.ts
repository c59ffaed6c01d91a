import type { Profiler } from "node:inspector";

/**
 * How long Tunelens held the thread at a stretch, at most: the longest run of samples in whose stacks a file of its folder is. VS Code's own
 * extensions run in the same thread, and some hold it for half a second when they start.
 * @returns milliseconds
 */
export function longestOwnStretch({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, folder: string): number {
  const kinds = kindsOf(nodes, folder);
  let [stretch, longest] = [0, 0];
  for (const [i, id] of samples.entries()) {
    const kind = kinds.get(id);
    // Garbage is collected for whoever runs.
    if (kind === "own" || (kind === "garbage" && stretch > 0)) stretch += timeDeltas[i + 1] ?? 0;
    else stretch = 0;
    longest = Math.max(longest, stretch);
  }
  return longest / 1_000;
}

function kindsOf(nodes: readonly Profiler.ProfileNode[], folder: string): Map<number, "own" | "garbage" | "other"> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const kinds = new Map<number, "own" | "garbage" | "other">();
  const visit = (node: Profiler.ProfileNode, isOwn: boolean) => {
    const own = isOwn || node.callFrame.url.includes(folder);
    kinds.set(node.id, own ? "own" : node.callFrame.functionName === "(garbage collector)" ? "garbage" : "other");
    for (const child of node.children ?? []) visit(byId.get(child)!, own);
  };
  visit(nodes[0]!, false);
  return kinds;
}
