import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { execute, runSteps, type Step } from "../../scripts/steps.js";

let printed: string[];

beforeEach(() => {
  printed = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Steps that end when they are told to. */
function heldSteps(...steps: readonly Omit<Step, "work">[]) {
  const begun: string[] = [];
  const ends = new Map<string, (failure?: string) => void>();
  const held = steps.map((step): Step => ({
    ...step,
    work: (say) =>
      new Promise((resolve, reject) => {
        begun.push(step.name);
        say(`${step.name} begins\n`);
        ends.set(step.name, (failure) => {
          say(`${step.name} ends\n`);
          if (failure) reject(new Error(failure));
          else resolve();
        });
      }),
  }));
  const end = async (name: string, failure?: string) => {
    ends.get(name)!(failure);
    await new Promise(setImmediate);
  };
  return { held, begun, end };
}

describe("steps", () => {
  it("run so many at a time, those first that come first, after what they need; a set-up takes no place", async () => {
    const { held, begun, end } = heldSteps(
      { name: "download", isSetUp: true },
      { name: "build" },
      { name: "downloaded", needs: ["build", "download"] },
      { name: "built", needs: ["build"] },
      { name: "free" },
      { name: "free too" },
    );
    const outcomes = runSteps(held, 2);
    expect(begun).toEqual(["download", "build", "free"]);
    await end("build");
    expect(begun.slice(3)).toEqual(["built"]);
    await end("free");
    expect(begun.slice(4)).toEqual(["free too"]);
    await end("download");
    await end("built");
    expect(begun.slice(5)).toEqual(["downloaded"]);
    await end("free too");
    await end("downloaded");
    expect((await outcomes).map(({ failure }) => failure)).toEqual(Array(6).fill(undefined));
  });

  it("go on when one fails, but those that need it; each shows its output whole", async () => {
    const { held, begun, end } = heldSteps({ name: "a" }, { name: "b" }, { name: "c", needs: ["a"] }, { name: "d" });
    const running = runSteps(held, 2);
    await end("a", "a is broken");
    expect(begun).toEqual(["a", "b", "d"]);
    await end("d");
    await end("b");
    const outcomes = await running;
    expect(outcomes.map(({ name, failure }) => [name, failure])).toEqual([
      ["a", "a is broken"],
      ["c", 'c was not run: it needs "a"'],
      ["d", undefined],
      ["b", undefined],
    ]);
    for (const name of ["a", "b", "d"])
      expect(printed.filter((text) => text.includes(`${name} begins\n${name} ends`))).toHaveLength(1);
  });

  it("that only come after another run although it fails", async () => {
    const { held, begun, end } = heldSteps({ name: "a" }, { name: "b", after: ["a"] });
    const running = runSteps(held, 2);
    expect(begun).toEqual(["a"]);
    await end("a", "a is broken");
    await end("b");
    expect((await running).map(({ failure }) => failure)).toEqual(["a is broken", undefined]);
  });

  it.each([
    ["needs", [{ name: "a" }, { name: "b", needs: ["c"] }]],
    ["comes after", [{ name: "a" }, { name: "b", after: ["c"] }]],
    [
      "needs one that needs it",
      [
        { name: "b", needs: ["c"] },
        { name: "c", needs: ["b"] },
      ],
    ],
  ] satisfies [string, Omit<Step, "work">[]][])("are refused where one %s what would never end", async (_, steps) => {
    const { held, begun } = heldSteps(...steps);
    await expect(runSteps(held, 2)).rejects.toThrow('"b" waits for "c"');
    expect(begun).toEqual([]);
  });
});

describe("a program", () => {
  it("gives all it prints, and fails with how it ended", async () => {
    let said = "";
    const node = (code: string) => execute((text) => (said += text), [process.execPath, "-e", code]);
    await node('console.log("out"); console.error("err")');
    expect(said).toMatch(/out\n[^]*err\n|err\n[^]*out\n/);
    await expect(node("process.exit(3)")).rejects.toThrow(/ended with 3$/);
    await expect(node('process.kill(process.pid, "SIGKILL")')).rejects.toThrow(/ended with SIGKILL$/);
    await expect(execute(() => {}, ["/no/such/program"])).rejects.toThrow(/ENOENT/);
  });
});
