/** Tunelens in `npm run bench:engine`, as its users have it: the package that is built. Answers questions line by line. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import {
  createStudy,
  fanova,
  gaussianProcess,
  loadStudy,
  MemoryStorage,
  openStorage,
  pedAnova,
  tpe,
  type Study,
} from "tunelens";
import { added, nameOf, objective, type Answer, type Question, type RecordedTrials } from "./trials.ts";

let study: Study | undefined;
let recorded: RecordedTrials;

for await (const line of createInterface(process.stdin)) {
  console.log(JSON.stringify(answer(JSON.parse(line) as Question)));
}

function answer(question: Question): Answer {
  switch (question.ask) {
    case "optional":
      return { has: true };
    case "study":
      return openStudy(question);
    case "run":
      return runTrials(study!, question.trials);
    case "importance":
      return { importance: importance(question) };
    case "heap":
      return { heap: heapOf(question.trials) };
  }
}

function openStudy({ trials, sampler, database }: Question & { readonly ask: "study" }): Answer {
  recorded = JSON.parse(readFileSync(trials, "utf8")) as RecordedTrials;
  study?.storage.close();
  const used = sampler === "tpe" ? tpe() : gaussianProcess();
  if (database === undefined) {
    study = inMemory(recorded, used);
    return {};
  }
  const start = process.cpuUsage();
  study = loadStudy({ storage: openStorage(`sqlite:///${database}`), name: "bench", sampler: used });
  if (study.trials.length !== recorded.values.length) throw new Error("The database lacks trials.");
  return { load: cpuSince(start) };
}

function inMemory(trials: RecordedTrials, sampler = tpe()): Study {
  const made = createStudy({ storage: new MemoryStorage(), directions: ["minimize"], sampler });
  for (const trial of added(trials)) made.addTrial(trial);
  return made;
}

/** Reading the processor's clock takes as long as a small ask: it is read once, and its time divided as the wall clock's is. */
function runTrials(of: Study, count: number): Answer {
  let [ask, tell] = [0, 0];
  const start = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    const asked = performance.now();
    const trial = of.ask();
    const row = recorded.choices.map((_, p) => trial.suggestFloat(nameOf(p), 0, 1));
    const told = performance.now();
    of.tell(trial, objective(row, recorded.choices));
    ask += told - asked;
    tell += performance.now() - told;
  }
  const perWall = cpuSince(start) / (ask + tell) / count;
  return { ask: ask * perWall, tell: tell * perWall };
}

function importance({ trials, method, trees }: Question & { readonly ask: "importance" }): number {
  const known = inMemory(JSON.parse(readFileSync(trials, "utf8")) as RecordedTrials).trials;
  const start = process.cpuUsage();
  if (method === "ped-anova") pedAnova(known, ["minimize"]);
  else fanova(known, { trees });
  return cpuSince(start);
}

/** @param trials the file they are in, which is not counted. */
function heapOf(trials: string): number {
  recorded = JSON.parse(readFileSync(trials, "utf8")) as RecordedTrials;
  study = undefined;
  const before = usedBytes();
  study = inMemory(recorded);
  runTrials(study, 1);
  return usedBytes() - before;
}

function usedBytes(): number {
  global.gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function cpuSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}
