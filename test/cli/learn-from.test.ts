import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { studyFolder } from "../trainer/study-folder.js";
import { tunelens } from "./command.js";

const FILE = "quadratic.study.ts";

it("continues a study with a changed space under a name, and names it in what to run next", async () => {
  const folder = studyFolder();
  await tunelens(folder, "run", FILE);
  const file = join(folder, FILE);
  writeFileSync(file, readFileSync(file, "utf8").replace("int(1, 5)", "int(1, 50)"));
  const learn = ["--learn-from", "quadratic", "--as", "long", "--parallel", "2"];
  const { stdout, stderr, code } = await tunelens(folder, "run", FILE, ...learn, "--trials", "4");
  expect(code).toBe(0);
  expect(stdout).toContain('Study "long" continues "quadratic" with a changed space: 4 trials');
  expect(stderr).toContain('Study "long" starts with all of the 8 finished trials of "quadratic".');
  expect(stdout).toContain("run quadratic.study.ts --study long --trials 24");
  const { stdout: studies } = await tunelens(folder, "studies", "--json");
  expect(JSON.parse(studies)).toMatchObject([{ name: "quadratic" }, { name: "long", counts: { complete: 12 } }]);
});

it("says what --as and --learn-from need", async () => {
  const folder = studyFolder();
  const error = async (...options: string[]) => (await tunelens(folder, "run", FILE, ...options)).stderr;
  expect(await error("--as", "long")).toContain("--as names a new study and requires --freeze or --learn-from.");
  expect(await error("--learn-from", "quadratic", "--freeze", "n")).toContain(
    "Use --freeze or --learn-from, not both.",
  );
  expect(await error("--learn-from", "nothing")).toContain('There is no study "nothing"');
});
