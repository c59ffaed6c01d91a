import { artifactAttr, noteAttrs, tagAttrs } from "../../../src/protocol/annotations.js";
import type { DashboardSnapshot } from "../../../src/protocol/dashboard.js";
import type { InspectedStudy } from "../../../src/inspector/inspected-study.js";
import type { EpochEnded } from "../../../src/protocol/trainer.js";
import type { WireJson } from "../../../src/protocol/wire.js";
import { MemoryStorage } from "../../../src/storage/memory.js";
import { codeName, storeCode } from "../../../src/storage/stored-code.js";
import { FakeHost } from "./harness.js";
import { madeUpFamily, madeUpView, type MadeUpStudy } from "./made-up-study.js";

/** A dashboard's host in each state a study can be in. */

const backend = { backend: "wasm", device: "CPU, SIMD, 2 threads", version: "4.22.0" };

export function snapshotOf(host: Pick<FakeHost, "view">, over: Partial<DashboardSnapshot> = {}): DashboardSnapshot {
  return {
    sequence: 1,
    study: host.view?.summary() ?? null,
    studyName: host.view?.study.name ?? "cifar10-cnn",
    storage: "sqlite:///.tunelens/studies.db",
    running: null,
    trusted: true,
    hasCode: true,
    error: null,
    ...over,
  };
}

function hostOf(study: MadeUpStudy | null, over: Partial<DashboardSnapshot> = {}): FakeHost {
  const view = study === null ? null : madeUpView(study);
  return new FakeHost(snapshotOf({ view }, over), view);
}

export function epochOf(number: number, epoch: number): EpochEnded {
  const loss = 0.9 + 1.4 * Math.exp(-epoch / 4);
  return { number, epoch, epochs: 30, logs: { loss, acc: 0.82 - loss / 4, val_loss: loss * 1.08 } };
}

const running = (finished: number, progress: readonly EpochEnded[]): DashboardSnapshot["running"] => ({
  kind: "study",
  trials: 80,
  finished,
  backend,
  progress,
  stopping: false,
  pausing: false,
  trialNumbers: progress.map(({ number }) => number),
});

/** It takes seconds to make. */
let hugeView: InspectedStudy | undefined;
const NOTE = `## What we learned
The best networks have **three** convolutional layers; \`elu\` beats \`relu\` by 0.02.

- [x] wider layers
- [ ] a longer warm-up, see [the paper](https://example.org/paper)

| layers | val_loss |
|---|---|
| 2 | 0.41 |
| 3 | 0.37 |

> <b>HTML</b> is shown as it is written.`;

/** Of the study: id to name and content. */
const artifacts: Readonly<Record<string, readonly [filename: string, mimetype: string, content: string]>> = {
  image: [
    "curve.svg",
    "image/svg+xml",
    '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40"><path d="M0 40L80 0" stroke="red"/></svg>',
  ],
  table: ["errors.csv", "text/csv", 'label,"what, then"\ncat,<b>dog</b>\n'],
  matrix: [
    "confusion.json",
    "application/json",
    '{"type":"confusion-matrix","labels":["cat","dog"],"matrix":[[48,2],[5,45]]}',
  ],
  model: [
    "model.json",
    "application/json",
    '{"type":"model-summary","layers":[{"name":"conv1","type":"Conv2D","outputShape":[null,26,26,32],"params":320}]}',
  ],
  log: ["train.log", "text/plain", "epoch 1\nepoch 2"],
};

/** Its last 30 trials ran other code. */
function editedHost(): FakeHost {
  const storage = new MemoryStorage();
  const id = storage.createStudy("edited", ["minimize"]);
  const codes = [3, 5].map((layers) => {
    const text = `export const layers = ${layers};\n`;
    const unchanged = { name: "data.ts", hash: "d0", text: "export const data = [];\n" };
    return [{ name: "cifar10.study.ts", hash: `c${layers}`, text }, unchanged];
  });
  for (const files of codes) storeCode(storage, id, files);
  const { systemAttrs } = storage.getStudy(id);
  return hostOf({ systemAttrs, codeOf: (trial) => codeName(codes[trial < 50 ? 0 : 1]!) });
}

function annotatedHost(): FakeHost {
  const host = hostOf({ systemAttrs: annotated() });
  host.artifacts = Object.fromEntries(Object.entries(artifacts).map(([id, [, , content]]) => [id, content]));
  return host;
}

/** As for trial 12, whose id is 13, and for the study. */
function annotated(): Record<string, WireJson> {
  const odd = { name: "look again", color: "orange" } as const;
  const tags = tagAttrs({}, 13, [odd, { name: "baseline", color: "green" }]);
  const files = Object.entries(artifacts).map(([id, [filename, mimetype]]) => {
    const { key, value } = artifactAttr({ id, filename, mimetype, encoding: null });
    return [key, value] as const;
  });
  return {
    ...Object.fromEntries(files),
    ...noteAttrs({}, null, NOTE),
    ...noteAttrs({}, 13, "Loss jumps at **epoch 9**. Is the rate too high?"),
    ...tags,
    ...tagAttrs(tags, null, [{ name: "paper", color: "purple" }]),
  };
}

/** With these cards alone, whatever kind of study it is. */
export function withCards(host: FakeHost, ids: readonly string[], height = 300): FakeHost {
  const layout = ids.map((id) => ({ id, columns: null, height }));
  host.layouts = { "one-objective": layout, "several-objectives": layout };
  return host;
}

const paramCharts = ["slice", "contour", "rank", "parallel-coordinates"];

export const states = {
  empty: () => hostOf(null),
  waiting: () => hostOf(null, { running: { ...running(0, [])!, backend: null } }),
  running: () => hostOf({ trials: 46, running: 2 }, { running: running(46, [epochOf(46, 7), epochOf(47, 15)]) }),
  annotated: annotatedHost,
  edited: editedHost,
  failed: () =>
    hostOf(
      { trials: 40 },
      {
        error: {
          message:
            "Trial 39 of study “cifar10-cnn” failed: RangeError: Negative dimension size caused by subtracting 3 from 2.\n    at objective (src/cifar10.study.ts:41:17)",
          paused: false,
        },
      },
    ),
  paused: () =>
    hostOf(
      { trials: 40 },
      {
        error: {
          message:
            'Study "cifar10-cnn" is paused: its training process died 3 times in a row. The training process was ended by SIGKILL before it finished. The operating system does this when memory runs out.',
          paused: true,
        },
      },
    ),
  finished: () => hostOf({}),
  pausing: () => hostOf({ pauses: true }),
  untrusted: () => hostOf({ trials: 34 }, { trusted: false }),
  many: () => hostOf({ trials: 10_000, name: "digits-long-run", goal: 10_000 }),
  huge: () => {
    hugeView ??= madeUpView({ trials: 100_000, name: "digits-endless", goal: 100_000 });
    const host = new FakeHost(snapshotOf({ view: hugeView }), hugeView);
    // Without the charts that would keep the process of the tests busy for seconds, which also answers the page.
    host.layouts = {
      "one-objective": ["best", "history", "trials"].map((id) => ({ id, columns: null, height: null })),
    };
    return host;
  },
  multi: () => hostOf({ directions: ["minimize", "minimize"] }),
  three: () => hostOf({ directions: ["minimize", "minimize", "minimize"] }),
  branches: () => hostOf({ hasBranches: true }),
  allFailed: () => hostOf({ trials: 12, allFail: true }),
  retraining: () => hostOf({}, { running: { ...running(80, [epochOf(65, 18)])!, kind: "retrain", trials: null } }),
  elsewhere: () => hostOf({ trials: 40, running: 1 }),
  /** Another program's, in its storage. */
  foreign: () => hostOf({ trials: 40, hasSource: false }, { hasCode: false }),
  /** With the charts of trials by their parameters, of which a branch's trials have only some. */
  params: () => withCards(hostOf({ hasBranches: true }), paramCharts),
  paramsOfMany: () => withCards(hostOf({ trials: 10_000, goal: 10_000 }), paramCharts),
  paramsOfObjectives: () => withCards(hostOf({ directions: ["minimize", "minimize"] }), paramCharts),
  paramsOfFailed: () => withCards(hostOf({ trials: 12, allFail: true }), paramCharts),
  /** Three objectives, with the charts for them. */
  objectives: () =>
    withCards(hostOf({ directions: ["minimize", "minimize", "minimize"], trials: 160, processes: 2 }), [
      "pareto-front",
      "hypervolume",
      "timeline",
    ]),
  /** A study with a follow-up and another one in its storage, by three processes. */
  family: () => {
    const view = madeUpFamily(
      { processes: 3 },
      {
        trials: 50,
        name: "cifar10-cnn-convFilters-32",
        followUp: { from: "cifar10-cnn", frozen: { convFilters: 32 } },
      },
      { trials: 30, name: "cifar10-wide" },
    );
    return withCards(new FakeHost(snapshotOf({ view }), view), ["studies", "edf", "timeline", "terminator"]);
  },
  few: () => hostOf({ trials: 1 }),
} satisfies Record<string, () => FakeHost>;
