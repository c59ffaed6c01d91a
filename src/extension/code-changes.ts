import { dirname, resolve } from "node:path";
import * as v from "valibot";
import * as vscode from "vscode";
import type { InspectorFunctions, StoredCode } from "../protocol/inspector.js";
import { isReallyInside } from "./readable.js";
import type { StudyId } from "./study-id.js";
import { type ChangedFile, showDiff } from "./surfaces.js";
import { workspaceFolders } from "./workspace-folder.js";

/** Of documents with a file of a study's stored code. */
const CODE_SCHEME = "tunelens-code";

const address = v.strictObject({ storage: v.string(), study: v.string(), code: v.string(), file: v.string() });

/** Shows stored code, read-only. */
export function provideStoredCode(inspector: InspectorFunctions): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(CODE_SCHEME, {
    async provideTextDocumentContent({ query }) {
      const { storage, study, code, file } = v.parse(address, JSON.parse(query));
      const stored = await inspector.getCode(storage, study, code);
      return stored?.files.find(({ name }) => name === file)?.text ?? "";
    },
  });
}

/** What changed in the code from one trial to another. */
export async function showTrialChanges(
  inspector: InspectorFunctions,
  study: StudyId,
  from: number,
  to: number,
): Promise<void> {
  const [before, after] = await Promise.all([from, to].map((trial) => codeOf(inspector, study, trial)));
  const names = [...new Set([...before!.files, ...after!.files].map(({ name }) => name))];
  const files = names.flatMap((name) => {
    const [old, now] = [before!, after!].map((code) => fileOf(study, code, name));
    return old?.hash === now?.hash ? [] : [{ name, before: old?.uri, after: now?.uri }];
  });
  await showDiff(`${study.name}: trial ${from} ↔ trial ${to}`, files);
}

/** The files that are not as the study last ran them. Of those too large to be stored, nothing is known. */
export async function changedSinceLastRun(
  inspector: InspectorFunctions,
  study: StudyId,
  studyFile: string,
): Promise<readonly ChangedFile[]> {
  const code = await inspector.getCode(study.storage, study.name, null);
  const files = await Promise.all(
    (code?.files ?? []).map(async ({ name, text }): Promise<ChangedFile[]> => {
      const path = resolve(dirname(studyFile), name);
      if (text === null || !isReallyInside(path, workspaceFolders())) return [];
      const after = vscode.Uri.file(path);
      const now = await textOf(after);
      if (now === text) return [];
      return [{ name, before: fileOf(study, code!, name)!.uri, after: now === undefined ? undefined : after }];
    }),
  );
  return files.flat();
}

async function codeOf(inspector: InspectorFunctions, { storage, name }: StudyId, trial: number): Promise<StoredCode> {
  const { code } = await inspector.getTrial(storage, name, trial);
  const stored = code === null ? null : await inspector.getCode(storage, name, code);
  if (stored === null) throw new Error(`The code of trial ${trial} of ${name} is not stored.`);
  return stored;
}

function fileOf({ storage, name: study }: StudyId, code: StoredCode, name: string) {
  const file = code.files.find((candidate) => candidate.name === name);
  if (!file) return undefined;
  const query = JSON.stringify({ storage, study, code: code.name, file: name });
  return { hash: file.hash, uri: vscode.Uri.from({ scheme: CODE_SCHEME, path: `/${name}`, query }) };
}

async function textOf(uri: vscode.Uri): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return undefined;
  }
}
