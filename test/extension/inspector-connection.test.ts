import { afterEach, describe, expect, it, vi } from "vitest";
import { InspectorConnection } from "../../src/extension/inspector-connection.js";
import type { Output } from "../../src/extension/output.js";

const output = { info() {}, error() {} } as Partial<Output> as Output;

function connectionTo(entry: string): InspectorConnection {
  return new InspectorConnection({ entry, cwd: process.cwd(), output, storageChanged() {} });
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("an inspector that cannot start", () => {
  it("is started again by each question, four times a minute at most", async () => {
    const connection = connectionTo("/nobody/has/this.js");
    const now = vi.spyOn(performance, "now").mockReturnValue(1_000_000);
    for (let start = 0; start < 4; start++)
      await expect(connection.functions()).rejects.toMatchObject({ code: "process-exited" });
    await expect(connection.functions()).rejects.toThrow("not started again for now");
    now.mockReturnValue(1_000_000 + 61_000);
    await expect(connection.functions()).rejects.toMatchObject({ code: "process-exited" });
  });

  it("is not started for an extension that ends", async () => {
    const connection = connectionTo("/nobody/has/this.js");
    await connection.dispose();
    await expect(connection.functions()).rejects.toThrow("ending");
  });
});
