import { spawn } from "node:child_process";
import { describe, expect, it, onTestFinished } from "vitest";
import { killTree, OWN_GROUP } from "../../src/process-tree/process-tree.js";
import { followTreeMemory, groupMemory } from "../../src/process-tree/tree-memory.js";
import { until } from "../wait.js";

const MEGABYTE = 2 ** 20;

/** A process that holds 100 MB, and starts one that holds as much. Both stay. */
const FAMILY = `
const held = Buffer.alloc(100 * ${MEGABYTE}, 1);
if (!process.env.CHILD) require("node:child_process").spawn(process.execPath, ["-e", process.env.FAMILY], { env: { ...process.env, CHILD: "1" } });
setInterval(() => held, 1_000);
`;

function startFamily(): number {
  const { pid } = spawn(process.execPath, ["-e", FAMILY], { env: { ...process.env, FAMILY }, detached: OWN_GROUP });
  onTestFinished(() => killTree(pid!));
  return pid!;
}

describe.skipIf(process.platform === "win32")("the memory of a process tree", () => {
  it("is that of all its processes, and its peak is kept when they are gone", async () => {
    const pid = startFamily();
    const memory = followTreeMemory(pid);
    onTestFinished(() => memory.stop());
    await until("both hold what they hold", () => (memory.peak ?? 0) > 200 * MEGABYTE);
    killTree(pid);
    const { peak } = memory;
    await until("the tree is gone", async () => (await groupMemory(pid)) === undefined);
    expect(memory.peak).toBeGreaterThanOrEqual(peak!);
    expect(memory.peak! / MEGABYTE).toBeLessThan(500);
  });

  it("is told by ps where there is no /proc", async () => {
    const pid = startFamily();
    await until("both hold what they hold", async () => ((await groupMemory(pid)) ?? 0) > 200 * MEGABYTE);
  });

  it("is not known of a process that does not exist", async () => {
    const memory = followTreeMemory(2 ** 30);
    expect(await groupMemory(2 ** 30)).toBeUndefined();
    memory.stop();
    expect(memory.peak).toBeUndefined();
  });
});
