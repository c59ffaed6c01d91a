import { describe, expect, it } from "vitest";
import { significantCode } from "../../src/source/significant-code.js";

const PYTHON = `import os
def train(rate=0.1):
    for epoch in range(3):
        print(f"epoch={epoch}  loss={rate}")
    return rate
`;
const SCRIPT = `export function train(rate) {
  const text = \`rate \${rate}\`;
  return rate * 2 + text.length; }
`;

describe("the significant code", () => {
  it.each([
    ["a comment", PYTHON.replace("import os", "# Trains.\nimport os  # for files")],
    ["empty lines and spaces", PYTHON.replace("rate=0.1", "rate = 0.1").replace("    return", "\n    return")],
    ["a deeper indentation", PYTHON.replaceAll("    ", "\t")],
  ])("of Python is the same with %s", (_what, edited) => {
    expect(edited).not.toBe(PYTHON);
    expect(significantCode(edited, "python")).toBe(significantCode(PYTHON, "python"));
  });

  it.each([
    ["a number", PYTHON.replace("0.1", "0.2")],
    ["an operator", PYTHON.replace("return rate", "return -rate")],
    ["a space in a text", PYTHON.replace("}  loss", "} loss")],
    ["a line in another block", PYTHON.replace("    return", "        return")],
  ])("of Python is another one with %s", (_what, edited) => {
    expect(edited).not.toBe(PYTHON);
    expect(significantCode(edited, "python")).not.toBe(significantCode(PYTHON, "python"));
  });

  it.each([
    ["a comment", SCRIPT.replace("const", "/* shown */ const")],
    ["spaces", SCRIPT.replace("rate * 2", "rate*2").replace("; }", ";\n}")],
  ])("of JavaScript is the same with %s", (_what, edited) => {
    expect(edited).not.toBe(SCRIPT);
    expect(significantCode(edited, "js")).toBe(significantCode(SCRIPT, "js"));
  });

  it.each([
    ["an operator", SCRIPT.replace("2 +", "2 -")],
    ["a space in a template", SCRIPT.replace("rate $", "rate  $")],
    ["a line that returns nothing", SCRIPT.replace("return rate", "return\n rate")],
  ])("of JavaScript is another one with %s", (_what, edited) => {
    expect(edited).not.toBe(SCRIPT);
    expect(significantCode(edited, "js")).not.toBe(significantCode(SCRIPT, "js"));
  });
});
