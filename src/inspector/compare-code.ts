import { diffLines } from "diff";
import type { CodeChanges, CodeFile, FileChange, StoredCode } from "../protocol/inspector.js";

/** Texts that differ in more lines than this would take long. */
const MAX_EDITS = 5_000;

/** Which files are not the same, and in how many lines. */
export function compareCode(before: StoredCode, after: StoredCode): CodeChanges {
  const [old, now] = [before, after].map(({ files }) => new Map(files.map((file) => [file.name, file])));
  const names = [...new Set([...old!.keys(), ...now!.keys()])].filter(
    (name) => old!.get(name)?.hash !== now!.get(name)?.hash,
  );
  const textOf = (file: CodeFile | undefined) => (file === undefined ? "" : file.text);
  return {
    from: before.name,
    to: after.name,
    files: names.map((name) => ({ name, lines: changedLines(textOf(old!.get(name)), textOf(now!.get(name))) })),
  };
}

function changedLines(before: string | null, after: string | null): FileChange["lines"] {
  if (before === null || after === null) return null;
  const parts = diffLines(before, after, { maxEditLength: MAX_EDITS });
  if (parts === undefined) return null;
  const count = (which: "added" | "removed") => parts.reduce((sum, part) => sum + (part[which] ? part.count : 0), 0);
  return { added: count("added"), removed: count("removed") };
}
