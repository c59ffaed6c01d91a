import { describe, expect, it } from "vitest";
import {
  categoricalDistribution,
  type Distribution,
  floatDistribution,
  intDistribution,
} from "../../src/engine/distribution.js";
import type { Direction, Storage, StudyTemplate, TrialTemplate } from "../../src/engine/storage.js";
import type { Json, TrialState } from "../../src/engine/trial/trial-snapshot.js";
import { codeOf } from "./code-of.js";

export type Readable = Pick<Storage, "findStudy" | "getStudies" | "getStudy" | "getTrials">;

export interface StoredStudy extends StudyTemplate {
  readonly name: string;
  readonly directions: readonly Direction[];
}

export const template = (over: Partial<TrialTemplate>): TrialTemplate => ({
  state: "COMPLETE",
  values: [1],
  internalParams: {},
  distributions: {},
  intermediateValues: new Map(),
  userAttrs: {},
  systemAttrs: {},
  datetimeStart: new Date("2026-03-01T10:00:00.123Z"),
  datetimeComplete: new Date("2026-03-01T10:00:05.999Z"),
  ...over,
});

/** All that JSON and Python's floats can be. */
export const oddities: Readonly<Record<string, Json>> = {
  nested: { list: [1, 2.5, null, true, [], {}], "ключ ✓": '\u0000\n"\\ \u007f 😀' },
  numbers: [NaN, Infinity, -Infinity, -0, 5e-324, 1.7976931348623157e308, 1e21, 2 ** 53],
  tokens: "NaN, Infinity and -Infinity in a text",
  loneSurrogate: "\ud800",
  huge: "x".repeat(200_000),
  empty: "",
};

const distributions: Readonly<Record<string, Distribution>> = {
  zebra: floatDistribution(1e-6, 0.1, { log: true }),
  alpha: floatDistribution(-1, 1, { step: 0.1 }),
  int: intDistribution(0, 100, { step: 10 }),
  intLog: intDistribution(1, 1024, { log: true }),
  choice: categoricalDistribution(["adam", 1, 2.5, true, null, "2.5", "None", -3, '漢字 "q"', ""]),
  "__proto__ ": floatDistribution(0.5, 0.5),
};
const internalParams = { zebra: 0.003, alpha: 0.30000000000000004, int: 90, intLog: 399, choice: 3, "__proto__ ": 0.5 };

const states: readonly TrialState[] = ["COMPLETE", "RUNNING", "FAIL", "PRUNED", "COMPLETE", "WAITING"];

/** What every storage tells of what is in it; `withStored` runs a body against one that has these studies and nothing else. */
export function describeReading(
  kind: string,
  withStored: (studies: readonly StoredStudy[], body: (storage: Readable) => void) => void,
): void {
  const study = (over: Partial<StoredStudy> = {}): StoredStudy => {
    return { name: "study", directions: ["minimize"], userAttrs: {}, systemAttrs: {}, trials: [], ...over };
  };
  const withTrials = (trials: readonly TrialTemplate[], body: (storage: Readable, id: number) => void): void =>
    withStored([study({ trials })], (storage) => body(storage, storage.findStudy("study")!));

  describe(`${kind}: what is read`, () => {
    it("is studies by creation, by name, and each", () => {
      const second = study({ name: "zweite ✓ 'quoted' \"漢字\"", directions: ["maximize", "minimize"] });
      withStored([study(), second], (storage) => {
        const [first, other] = storage.getStudies();
        expect([first!.name, other!.name]).toEqual(["study", second.name]);
        expect([storage.findStudy("study"), storage.findStudy(second.name)]).toEqual([first!.id, other!.id]);
        expect(storage.findStudy("STUDY")).toBeUndefined();
        const { trials, ...told } = second;
        expect(storage.getStudy(other!.id)).toEqual({ id: other!.id, ...told });
        expect(storage.getTrials(other!.id)).toEqual(trials);
      });
    });

    it("is nothing of a study that is not there", () => {
      withStored([study()], (storage) => {
        expect(codeOf(() => storage.getStudy(99))).toBe("study-not-found");
        expect(codeOf(() => storage.getTrials(99))).toBe("study-not-found");
      });
    });

    it("is attributes with all that JSON and Python's floats can be", () => {
      const attrs = { userAttrs: oddities, systemAttrs: oddities };
      withStored([study({ ...attrs, trials: [template(attrs)] })], (storage) => {
        const { id } = storage.getStudies()[0]!;
        expect(storage.getStudy(id)).toMatchObject(attrs);
        expect(storage.getTrials(id)[0]).toMatchObject(attrs);
      });
    });

    it("is a trial's parameters of every distribution, in the order of suggestion", () => {
      withTrials([template({ internalParams, distributions })], (storage, id) => {
        const found = storage.getTrials(id)[0]!;
        expect(Object.entries(found.internalParams)).toEqual(Object.entries(internalParams));
        expect(Object.entries(found.params)).toEqual(Object.entries({ ...internalParams, choice: true }));
        expect(Object.entries(found.distributions)).toEqual(Object.entries(distributions));
      });
    });

    it("is numbers without bound, and zero without a sign", () => {
      const intermediateValues = new Map([
        [1_000_000, -0],
        [3, NaN],
        [0, Infinity],
      ]);
      const x = { internalParams: { x: -0 }, distributions: { x: floatDistribution(0, 1) } };
      const trials = [template({ values: [-0], intermediateValues, ...x }), template({ values: [-Infinity] })];
      withTrials(trials, (storage, id) => {
        const [first, second] = storage.getTrials(id);
        expect([first!.values, first!.internalParams, second!.values]).toEqual([[0], { x: 0 }, [-Infinity]]);
        expect([...first!.intermediateValues]).toEqual([
          [0, Infinity],
          [3, NaN],
          [1_000_000, 0],
        ]);
      });
    });

    it("is trials by number, or only those in some states, each as it is", () => {
      const isOver = (state: TrialState) => state !== "RUNNING" && state !== "WAITING";
      const trials = states.map((state) =>
        template({
          state,
          values: state === "COMPLETE" ? [0.5] : null,
          ...(!isOver(state) && { datetimeComplete: null }),
          ...(state === "WAITING" && { datetimeStart: null }),
        }),
      );
      withTrials(trials, (storage, id) => {
        expect(storage.getTrials(id)).toMatchObject(trials.map((trial, number) => ({ ...trial, number })));
        const numbers = (...some: TrialState[]) => storage.getTrials(id, some).map(({ number }) => number);
        expect(numbers("COMPLETE")).toEqual([0, 4]);
        expect(numbers("COMPLETE", "PRUNED", "FAIL")).toEqual([0, 2, 3, 4]);
        expect(numbers()).toEqual([]);
      });
    });

    it("is the same snapshot of a finished trial each time", () => {
      withTrials([template({})], (storage, id) => expect(storage.getTrials(id)[0]).toBe(storage.getTrials(id)[0]));
    });
  });
}
