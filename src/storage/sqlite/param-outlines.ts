import type { Distribution } from "../../engine/distribution.js";
import { distributionFromJson } from "../distribution-json.js";
import { isExact } from "../python-json.js";
import type { Connection } from "./connection.js";

type Param = [name: string, json: string];
type Kind = [...Param, type: string];

/** Where the rows of a study's trials are. */
interface Place {
  readonly studyId: number;
  /** Whether no other study has trials between the first and the last. */
  readonly isAlone: boolean;
  /** Whether these are most of the file: then to look through it is several times as fast as to go by the trials. */
  readonly isMost: boolean;
}

const FIRST = "SELECT MIN(trial_id) FROM trials WHERE study_id = $id";
const LAST = "SELECT MAX(trial_id) FROM trials WHERE study_id = $id";
const BETWEEN = `trial_id BETWEEN (${FIRST}) AND (${LAST})`;

/** Which parameters the trials of a study have, told without reading the trials. */
export class ParamOutlines {
  constructor(private readonly connection: Connection) {}

  /**
   * The latest distributions by name, in the order of first use. Call it inside one read transaction.
   * @returns undefined where there is something to say of single trials: what is inexact in them, or cannot be read.
   */
  of(studyId: number): ReadonlyMap<string, Distribution> | undefined {
    const place = this.place(studyId);
    const kinds = this.kinds(place);
    const isPlain = ([, json, type]: Kind) => (type === "real" || type === "integer") && isExact(String(json));
    if (!kinds.every(isPlain) || this.hasOddSteps(place)) return undefined;
    try {
      return this.inOrder(studyId, kinds);
    } catch {
      // A distribution that cannot be read.
      return undefined;
    }
  }

  private place(studyId: number): Place {
    const [[own, between, all]] = this.all<[number, number, number]>(
      "SELECT (SELECT COUNT(*) FROM trials WHERE study_id = $id), " +
        `(SELECT COUNT(*) FROM trials WHERE ${BETWEEN}), (SELECT COUNT(*) FROM trials)`,
      studyId,
    ) as [[number, number, number]];
    return { studyId, isAlone: own === between, isMost: 2 * own > all };
  }

  private kinds({ studyId, isAlone, isMost }: Place): Kind[] {
    const source = isAlone
      ? `trial_params ${isMost ? "NOT INDEXED" : ""} WHERE ${BETWEEN}`
      : "trials CROSS JOIN trial_params USING (trial_id) WHERE study_id = $id";
    return this.all(`SELECT DISTINCT param_name, distribution_json, typeof(param_value) FROM ${source}`, studyId);
  }

  private hasOddSteps({ studyId, isAlone }: Place): boolean {
    const source = isAlone
      ? `trial_intermediate_values WHERE ${BETWEEN}`
      : "trials CROSS JOIN trial_intermediate_values USING (trial_id) WHERE study_id = $id";
    const isOdd = `(step NOT BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER} OR typeof(step) <> 'integer')`;
    return this.all(`SELECT 1 FROM ${source} AND ${isOdd} LIMIT 1`, studyId).length > 0;
  }

  private inOrder(studyId: number, kinds: readonly Kind[]): Map<string, Distribution> {
    const names = new Set(kinds.map(([name]) => name));
    const first = this.firstOfEach(studyId, names.size, "ASC");
    // Mostly a parameter has one distribution.
    const isFixed = new Set(kinds.map(([name, json]) => JSON.stringify([name, json]))).size === names.size;
    const latest = isFixed ? first : this.firstOfEach(studyId, names.size, "DESC");
    return new Map(Array.from(first.keys(), (name) => [name, distributionFromJson(latest.get(name)!)]));
  }

  /** The text of each parameter's first, or last, distribution, in that order. */
  private firstOfEach(studyId: number, count: number, order: "ASC" | "DESC"): Map<string, string> {
    const params = new Map<string, string>();
    const rows = this.connection
      .prepare<[{ id: number }], Param>(
        "SELECT param_name, distribution_json FROM trials CROSS JOIN trial_params USING (trial_id) " +
          `WHERE study_id = $id ORDER BY trial_id ${order}, param_id`,
      )
      .raw()
      .iterate({ id: studyId });
    for (const [name, json] of rows) {
      if (!params.has(name)) params.set(name, json);
      if (params.size === count) break;
    }
    return params;
  }

  private all<Row>(sql: string, id: number): Row[] {
    return this.connection.prepare<[{ id: number }], Row>(sql).raw().all({ id });
  }
}
