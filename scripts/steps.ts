/** Runs steps that need one another, a few beside each other; a failure of one lets the others go on. */
import { spawn } from "node:child_process";

export interface Step {
  readonly name: string;
  /** Steps that must have worked before. */
  readonly needs?: readonly string[];
  /** Steps that must have ended before, however. */
  readonly after?: readonly string[];
  /** Waits for the network rather than computes, so that it takes nobody's place. */
  readonly isSetUp?: boolean;
  /** @throws what went wrong. */
  work(say: Say): Promise<void>;
}

/** Output of a step: shown when the step has ended, so that two do not mix. */
export type Say = (text: string) => void;

export interface Outcome {
  readonly name: string;
  readonly seconds: number;
  /** What went wrong; undefined: nothing. */
  readonly failure: string | undefined;
}

/**
 * @param atOnce how many steps run beside each other, those that set something up not counted. Those that come first begin first.
 * @returns what became of each, in the order in which they ended.
 * @throws Error before any runs where one waits for what does not come before it: it would wait for ever.
 */
export async function runSteps(steps: readonly Step[], atOnce: number): Promise<Outcome[]> {
  refuseEndlessWaits(steps);
  const outcomes = new Map<string, Outcome>();
  const running = new Map<Step, Promise<void>>();
  const waiting = new Set(steps);
  const isReady = ({ needs = [], after = [] }: Step) => [...needs, ...after].every((name) => outcomes.has(name));
  const hasPlace = ({ isSetUp }: Step) => isSetUp || [...running.keys()].filter((s) => !s.isSetUp).length < atOnce;
  while (waiting.size + running.size > 0) {
    for (const step of waiting) {
      if (!isReady(step) || !hasPlace(step)) continue;
      waiting.delete(step);
      const end = async () => {
        outcomes.set(step.name, await outcomeOf(step, outcomes));
        running.delete(step);
      };
      running.set(step, end());
    }
    await Promise.race(running.values());
  }
  return [...outcomes.values()];
}

function refuseEndlessWaits(steps: readonly Step[]): void {
  const earlier = new Set<string>();
  for (const { name, needs = [], after = [] } of steps) {
    const missing = [...needs, ...after].find((other) => !earlier.has(other));
    if (missing) throw new Error(`"${name}" waits for "${missing}", which no step before it is named`);
    earlier.add(name);
  }
}

async function outcomeOf(step: Step, before: ReadonlyMap<string, Outcome>): Promise<Outcome> {
  const { name } = step;
  const missing = step.needs?.find((need) => before.get(need)?.failure !== undefined);
  if (missing) return { name, seconds: 0, failure: `${name} was not run: it needs "${missing}"` };
  console.log(`▸ ${name} …`);
  const started = performance.now();
  const said: string[] = [];
  const failure = await step
    .work((text) => said.push(text))
    .then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  const seconds = (performance.now() - started) / 1_000;
  console.log(
    `\n${"─".repeat(80)}\n${failure ? "✗" : "✓"} ${name}, ${seconds.toFixed(0)} s\n\n${said.join("").trim()}\n`,
  );
  return { name, seconds, failure };
}

/** Runs a program. @throws Error when it ends otherwise than with 0. */
export function execute(say: Say, [program, ...args]: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  say(`$ ${[program, ...args].join(" ")}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
      shell: process.platform === "win32",
    });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", say);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ${args[0] ?? ""} ended with ${signal ?? code}`));
    });
  });
}
