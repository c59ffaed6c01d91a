import { describe, expect, it } from "vitest";
import { fillCommand, parseCommand, placeholderNames, quoteForShell } from "../../src/command/command-line.js";

function filled(
  command: string | readonly string[],
  values: Record<string, string | number | boolean> = {},
  shell = false,
) {
  const valueOf = (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined);
  return fillCommand(parseCommand(command, shell), valueOf, shell ? quoteForShell : undefined);
}

describe("a command", () => {
  it.each([
    ["python train.py --lr 0.1", ["python", "train.py", "--lr", "0.1"]],
    ["  a   b\tc\nd ", ["a", "b", "c", "d"]],
    [`a "b c" 'd "e"' ""`, ["a", "b c", 'd "e"', ""]],
    [String.raw`C:\tools\python.exe my\ file "say \"hi\""`, [String.raw`C:\tools\python.exe`, "my file", 'say "hi"']],
    [`--json={"a":{{1}}}`, ["--json={a:{1}}"]],
    [`awk '{print $1}'`, ["awk", "{print $1}"]],
  ])("is split as a shell does, but nothing in it is run: %s", (command, args) => {
    expect(filled(command)).toEqual(args);
  });

  it("gets values as one argument each, whatever they hold", () => {
    const values = { name: `a b; rm -rf "$HOME" '\n`, lr: 1e-7, deep: true };
    expect(filled("run {name} --lr={lr} {deep}", values)).toEqual(["run", values.name, "--lr=1e-7", "true"]);
    expect(filled(["run", "--name {name}"], values)).toEqual(["run", `--name ${values.name}`]);
  });

  it("leaves out what has no value, with the flag before it", () => {
    const command = "run --beta {optimizer.adam.beta} --gamma={optimizer.adam.beta} --verbose {lr}";
    expect(filled(command, { lr: 1 })).toEqual(["run", "--verbose", "1"]);
    expect(filled("run --all x{beta} --more", {})).toEqual(["run", "--all", "--more"]);
  });

  it("takes a text or another by whether a parameter is true", () => {
    const command = "run {deep?--deep} {bias?--bias:--no-bias} -{fast?f:s}";
    expect(filled(command, { deep: true, bias: true, fast: true })).toEqual(["run", "--deep", "--bias", "-f"]);
    expect(filled(command, { deep: false, bias: false, fast: false })).toEqual(["run", "--no-bias", "-s"]);
  });

  it("knows the names in its placeholders", () => {
    const command = parseCommand("run {lr} {optimizer.adam.beta} {lr} {{no}} {deep?--deep}", false);
    expect(placeholderNames(command)).toEqual(["lr", "optimizer.adam.beta", "deep"]);
  });

  it("that cannot be read says why", () => {
    expect(() => parseCommand("", false)).toThrow("it is empty");
    expect(() => parseCommand("run 'a", false)).toThrow("the quote ' is not closed in run 'a");
    expect(() => parseCommand(["run"], true)).toThrow("write the command as one string");
    expect(() => parseCommand("run '{lr}' | cat", true)).toThrow("without quotes around it");
  });

  it.skipIf(process.platform === "win32")("for a shell has its values quoted", () => {
    expect(filled("run {name} | tee 'my log' && echo {lr}", { name: "a'b; ls", lr: 0.5 }, true)).toEqual([
      String.raw`run 'a'\''b; ls' | tee 'my log' && echo 0.5`,
    ]);
  });
});
