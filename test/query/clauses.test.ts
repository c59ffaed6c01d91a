import { expect, it } from "vitest";
import { chosenStates, joinClauses, toggleState, withClause } from "../../src/query/clauses.js";

it("joins clauses so that each holds", () => {
  expect(joinClauses(["a = 1 or b = 2"])).toBe("a = 1 or b = 2");
  expect(joinClauses(["a = 1 or b = 2", "c = 3"])).toBe("(a = 1 or b = 2) and (c = 3)");
});

it("puts a clause in the place of an earlier one about the same fields", () => {
  const clauses = ["lr >= 1 and lr <= 2", "x = 1", "x = 1 and lr = 2"];
  expect(withClause(clauses, "lr > 5")).toEqual(["lr > 5", "x = 1", "x = 1 and lr = 2"]);
  expect(withClause(clauses, "lr = 3 or x = 2")).toEqual(["lr >= 1 and lr <= 2", "x = 1", "lr = 3 or x = 2"]);
  expect(withClause(clauses, "y = 3")).toEqual([...clauses, "y = 3"]);
  expect(withClause(["lr <"], "lr <")).toEqual(["lr <", "lr <"]);
});

it("toggles states in one clause", () => {
  expect(toggleState(["x = 1"], "FAIL")).toEqual(["x = 1", "state = failed"]);
  expect(toggleState(["state = failed", "x = 1"], "PRUNED")).toEqual(["state in (failed, pruned)", "x = 1"]);
  expect(toggleState(["state in (failed, pruned)"], "FAIL")).toEqual(["state = pruned"]);
  expect(toggleState(["state = PRUNED", "x = 1"], "PRUNED")).toEqual(["x = 1"]);
  expect(chosenStates(["state = pruned or x = 1", "state in (running, failed)"])).toEqual(["RUNNING", "FAIL"]);
  expect(chosenStates(["state != pruned", "`state` = pruned", "state <"])).toEqual([]);
});
