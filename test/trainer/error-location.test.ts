import { describe, expect, it } from "vitest";
import { NotFoundError, TunelensError } from "../../src/engine/errors.js";
import { StorageError } from "../../src/storage/errors.js";
import {
  errorLocation,
  errorMessage,
  keepUserFrames,
  LocatedError,
  toWireError,
} from "../../src/trainer/error-location.js";

const here = import.meta.filename;
const ours = new URL("../../dist/trainer/run-study.js", import.meta.url).pathname;

function errorWith(...frames: string[]): Error {
  const error = new TypeError("bad");
  error.stack = ["TypeError: bad", ...frames.map((frame) => `    at ${frame}`)].join("\n");
  return error;
}

describe("where an error comes from", () => {
  it("is the topmost frame of the user's own files", () => {
    const library = `${process.cwd()}/node_modules/birpc/dist/index.mjs`;
    const error = errorWith(
      `map (${library}:1:2)`,
      `f (${ours}:3:4)`,
      `async g (file://${here}:5:6)`,
      `h (${here}:7:8)`,
    );
    expect(errorLocation(error)).toEqual({ file: here, line: 5, column: 6 });
    expect(errorLocation(errorWith(`async file://${here}:9:1`))).toEqual({ file: here, line: 9, column: 1 });
  });

  it("is unknown for what is no error, or has no such frame", () => {
    expect(errorLocation("text")).toBeUndefined();
    expect(errorLocation(errorWith("node:internal/timers:1:1", "new Promise (<anonymous>)"))).toBeUndefined();
    expect(errorLocation(errorWith("f (/no/such/file.ts:1:1)"))).toBeUndefined();
  });

  it("is nowhere for a storage that failed in the middle of the user's code", () => {
    for (const error of [new StorageError("storage-replaced", "gone"), new NotFoundError("study-deleted", "gone")]) {
      error.stack = errorWith(`f (${here}:1:2)`).stack!;
      expect(errorLocation(error)).toBeUndefined();
    }
  });

  it("ends the stack at the user's code and leaves out ours", () => {
    const error = errorWith(`f (${here}:1:2)`, `run (${ours}:3:4)`, `g (${here}:5:6)`, "node:internal/x:1:1");
    keepUserFrames(error);
    expect(error.stack?.split("\n")).toEqual(["TypeError: bad", `    at f (${here}:1:2)`, `    at g (${here}:5:6)`]);
  });
});

describe("an error on the wire", () => {
  it("keeps our codes; others are unknown, with their name", () => {
    expect(toWireError(new TunelensError("some-code", "Sentence."))).toMatchObject({
      code: "some-code",
      message: "Sentence.",
    });
    expect(toWireError(new RangeError("bad"))).toMatchObject({ code: "unknown", message: "RangeError: bad" });
    expect(errorMessage(new Error("plain"))).toBe("plain");
    expect(errorMessage(new Error("no data", { cause: new RangeError("bad") }))).toBe(
      "no data (caused by RangeError: bad)",
    );
    expect(errorMessage(new Error("no data", { cause: "a reason" }))).toBe("no data (caused by a reason)");
    expect(errorMessage({ status: 404 })).toBe("Threw a value that is not an Error: { status: 404 }");
    expect(errorMessage(undefined)).toBe("Threw a value that is not an Error: undefined");
  });

  it("has the stack of its cause", () => {
    const location = { file: here, line: 1 };
    const wire = toWireError(new LocatedError("c", "m", location, { cause: errorWith(`f (${here}:1:2)`) }));
    expect(wire).toEqual({ code: "c", message: "m", location, stack: `TypeError: bad\n    at f (${here}:1:2)` });
  });
});
