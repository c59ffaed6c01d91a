/**
 * `npm run attack`: tries to make Tunelens lose, mistake or let in something, at random. The last lines count the rounds of each attack. A
 * round that found something is told with what repeats it, its folder is kept, and the exit code is 1.
 *
 * Options: --minutes N (default 10; how long all attacks take together)  --short (the few rounds of `npm test`)  --only NAME (repeatable)
 * --seed N (default: the time; 1 with --short)  --from N (the first round's number, default 0)  --report FILE (passed and failed rounds, as JSON)
 * --kills N (instead of --minutes: an attack that kills processes ends when it has killed so many)
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect, parseArgs } from "node:util";
import { SeededRng } from "../../src/engine/math/rng.js";
import type { Attack, Attacker } from "./attack.js";
import { damagedDatabases } from "./databases.js";
import { runningFaults } from "./faults.js";
import { hostileNames } from "./hostile-names.js";
import { interruptedTrainings } from "./interrupted.js";
import { kernelShapes } from "./kernels.js";
import { killRounds } from "./kills.js";
import { loadedSources } from "./loads.js";
import { extremeSpaces } from "./samplers.js";
import { damagedSources } from "./sources.js";

const attacks: readonly Attack[] = [
  damagedSources,
  loadedSources,
  damagedDatabases,
  hostileNames,
  killRounds,
  interruptedTrainings,
  runningFaults,
  kernelShapes,
  extremeSpaces,
];

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    short: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    seed: { type: "string" },
    from: { type: "string", default: "0" },
    report: { type: "string" },
    kills: { type: "string" },
  },
});
const seed = Number(options.seed ?? (options.short ? 1 : Date.now() % 2 ** 31));
const chosen = attacks.filter(({ name }) => !options.only || options.only.includes(name));
if (chosen.length === 0) throw new Error(`No such attack. There are: ${attacks.map(({ name }) => name).join(", ")}`);
const shares = chosen.reduce((sum, { share }) => sum + share, 0);

const totals = { passed: 0, failed: 0, skipped: 0 };
for (const attack of chosen) {
  const lacking = attack.lacks?.();
  if (lacking !== undefined) {
    totals.skipped += attack.shortRounds;
    console.log(`${attack.name}: skipped, this machine lacks ${lacking}`);
    continue;
  }
  const { held, broken, killed, seconds } = await run(attack);
  totals.passed += held;
  totals.failed += broken;
  const kills = killed === undefined ? "" : ` ${killed} processes killed,`;
  console.log(`${attack.name}: ${held + broken} rounds,${kills} ${broken} found something, ${seconds.toFixed(0)} s`);
}
if (options.report) writeFileSync(options.report, JSON.stringify(totals));
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);

interface Ran {
  readonly held: number;
  readonly broken: number;
  readonly killed: number | undefined;
  readonly seconds: number;
}

async function run(attack: Attack): Promise<Ran> {
  const started = performance.now();
  const until = started + (Number(options.minutes) * 60_000 * attack.share) / shares;
  const attacker = await attack.start();
  const first = Number(options.from);
  let held = 0;
  let broken = 0;
  try {
    for (let number = first; goesOn(number - first); number++) {
      if (await holds(attack, attacker, number)) held++;
      else broken++;
    }
  } finally {
    await attacker.end?.();
  }
  return { held, broken, killed: attacker.kills?.(), seconds: (performance.now() - started) / 1000 };

  function goesOn(done: number): boolean {
    if (options.short) return done < attack.shortRounds;
    const killed = attacker.kills?.();
    return options.kills !== undefined && killed !== undefined
      ? killed < Number(options.kills)
      : performance.now() < until;
  }
}

async function holds(attack: Attack, attacker: Attacker, number: number): Promise<boolean> {
  // One that found something is kept.
  // eslint-disable-next-line no-restricted-syntax
  const folder = mkdtempSync(join(tmpdir(), "tunelens-attack-"));
  try {
    await attacker.round({ number, rng: new SeededRng(seed, number), folder });
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch (error) {
    const again = `npm run attack -- --only "${attack.name}" --seed ${seed} --from ${number}`;
    console.error(`${attack.name}, round ${number}: ${inspect(error)}`);
    console.error(`  again: ${again}\n  kept: ${folder}`);
    return false;
  }
}
