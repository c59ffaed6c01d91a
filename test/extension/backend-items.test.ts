import { describe, expect, it } from "vitest";
import { backendItems } from "../../src/extension/backend-items.js";
import type { BackendList } from "../../src/protocol/trainer.js";

const list: BackendList = {
  auto: "wasm",
  backends: [
    { name: "tfjs-node", usable: false, reason: "it is not installed. Run: npm install it", command: "npm install it" },
    {
      name: "wasm",
      usable: true,
      description: { backend: "wasm", device: "CPU (SIMD)", version: "4.22.0", memory: 4_294_967_296 },
    },
  ],
};

describe("the list of training backends", () => {
  it("has auto first, marks the current one, and says what each trains on or why it cannot", () => {
    expect(
      backendItems(list, "wasm").map(({ icon, label, description, detail }) => [icon, label, description, detail]),
    ).toEqual([
      ["sparkle", "auto", "", "the best available here: wasm"],
      ["circle-slash", "tfjs-node", "not available", "it is not installed. Run: npm install it"],
      ["check", "wasm", "current", "CPU (SIMD), 4.3 GB, version 4.22.0"],
    ]);
  });

  it("has auto alone while the others are being tried", () => {
    expect(backendItems(undefined, "auto")).toMatchObject([{ icon: "check", label: "auto", backend: "auto" }]);
  });
});
