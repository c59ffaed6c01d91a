import { describe, expectTypeOf, it } from "vitest";
import { branch, command, defineStudy, float, int } from "../../src/index.js";

const space = {
  learningRate: float(1e-4, 1e-1, { log: true }),
  optimizer: branch({ adam: { beta: float(0.8, 0.99) }, sgd: {} }),
};

describe("a command's placeholders", () => {
  it("are parameters of the space", () => {
    const line = "run {learningRate} --beta {optimizer.adam.beta} {epochs} {dir} {{braces}} {optimizer}";
    defineStudy({ name: "a", space, objective: command(line, { report: "loss" }) });
    // @ts-expect-error the space has no learningrate
    defineStudy({ name: "a", space, objective: command("run {learningrate}") });
    // @ts-expect-error the space has no depth
    defineStudy({ name: "a", space, objective: command(["run", "{depth?--deep}"]) });
    const computed: string = "run {anything}";
    defineStudy({ name: "a", space: { n: int(1, 2) }, objective: command(computed) });
  });
});

describe("a command's results", () => {
  it("are one for each direction", () => {
    const both = command("run", { result: ["loss", "time"] });
    expectTypeOf(both).returns.resolves.toHaveProperty("values").toEqualTypeOf<readonly [number, number]>();
    defineStudy({ name: "a", directions: ["minimize", "minimize"], objective: both });
    // @ts-expect-error three directions, two results
    defineStudy({ name: "a", directions: ["minimize", "minimize", "maximize"], objective: both });
    // @ts-expect-error one direction, two results
    defineStudy({ name: "a", objective: both });
  });
});
