import * as vscode from "vscode";
import type { CodeStudies, CodeStudy } from "./code-studies.js";
import { formatBest, formatTrials, wantedTrials } from "./study-format.js";
import { isStudyId, sameStudy, type StudyId } from "./study-id.js";
import type { StudyStore } from "./study-store.js";
import { storedTarget, type StudyTarget, targetOf } from "./study-target.js";
import { type Choice, pickOne, showMessage } from "./surfaces.js";

/** The studies to choose from if a command has no study as its argument. */
export type Candidates = "code" | "stored" | "running" | "all";

/** Finds the study that a command is meant for. A command without one asks, unless there is only one. */
export class StudyPicker {
  constructor(
    private readonly store: StudyStore,
    private readonly studies: CodeStudies,
    /** Adds the workspace's storages to the store. */
    private readonly prepare: () => Promise<void>,
    /** Offered if there is none. */
    private readonly createStudy: () => Promise<void>,
  ) {}

  /**
   * @param argument what the command was given: a target, a file, a study's name and storage, or nothing.
   * @returns undefined if there is nothing to pick from, or the user cancels.
   */
  async studyFor(argument: unknown, from: Candidates, title: string): Promise<StudyTarget | undefined> {
    const given = targetOf(argument);
    if (given) return given;
    if (argument instanceof vscode.Uri)
      return (await this.atCursor(argument)) ?? this.pick(title, await this.codeTargets(argument));
    await this.prepare();
    if (isStudyId(argument)) return this.namedTarget(argument);
    return this.pick(title, await this.candidates(from), from);
  }

  /** The stored study with this name. @throws Error if no storage of the workspace has it. */
  async named(name: string): Promise<StudyTarget> {
    await this.prepare();
    const target = this.storedTargets().find(({ study }) => study.name === name);
    if (!target) throw new Error(`The model's study "${name}" is not in any storage of this workspace.`);
    return target;
  }

  private async candidates(from: Candidates): Promise<StudyTarget[]> {
    const running = this.store.runs().map((run) => ({ ...run, progress: undefined }));
    if (from === "running") return running;
    const stored = this.storedTargets();
    if (from === "stored") return stored;
    const active = vscode.window.activeTextEditor;
    const here = active ? targetsOf(await this.studies.inDocument(active.document)) : [];
    // If the active editor defines exactly one study, the user means that one.
    if (here.length === 1) return here;
    const code = [...here, ...targetsOf(await this.studies.inWorkspace())];
    return from === "code" ? code : [...running, ...code, ...stored];
  }

  private namedTarget(named: StudyId): StudyTarget {
    const target = this.storedTargets().find(({ study }) => sameStudy(study, named));
    if (!target) throw new Error(`${named.storage} has no study "${named.name}".`);
    return target;
  }

  private storedTargets(): StudyTarget[] {
    const all = this.store.allStorages();
    return all.flatMap((state) => state.studies.map((summary) => storedTarget(state, summary)));
  }

  /** The study the cursor stands in: a menu of the editor means that one. */
  private async atCursor(uri: vscode.Uri): Promise<StudyTarget | undefined> {
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.uri.toString() !== uri.toString()) return undefined;
    const offset = editor.document.offsetAt(editor.selection.active);
    const here = await this.studies.inDocument(editor.document);
    const around = here.find(({ found }) => found.start <= offset && offset <= found.end);
    return around?.target ?? undefined;
  }

  private async codeTargets(uri: vscode.Uri): Promise<StudyTarget[]> {
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
    const { studies } = this;
    return targetsOf(await (open ? studies.inDocument(open) : studies.inFile(uri)));
  }

  private async pick(title: string, all: readonly StudyTarget[], from?: Candidates): Promise<StudyTarget | undefined> {
    const targets = all.filter(({ study }, i) => all.findIndex((other) => sameStudy(other.study, study)) === i);
    if (targets.length === 0) {
      await this.nothingToPick(from);
      return undefined;
    }
    if (targets.length === 1) return targets[0];
    const choices = targets.map((target) => ({ ...this.choice(target), target }));
    return (await pickOne(choices, { title, matchOnDescription: true }))?.target;
  }

  private choice({ study, file, trials }: StudyTarget): Choice {
    const { store } = this;
    const summary = store.study(study);
    const best = store.best(study);
    const count = summary ? formatTrials(summary.finished, wantedTrials(trials, summary)) : "not started yet";
    const path = file ?? summary?.source?.file;
    return {
      icon: store.run(study) ? "sync~spin" : "beaker",
      label: study.name,
      description: path ? vscode.workspace.asRelativePath(path) : "",
      detail: best ? `${count}, best ${formatBest(best)}` : count,
    };
  }

  private async nothingToPick(from: Candidates | undefined): Promise<void> {
    if (from === "running") {
      void showMessage("info", "No study is running.");
      return;
    }
    const create = "New Study";
    const message = from === "stored" ? "No study has trials yet." : "No file in this workspace exports a study.";
    const chosen = await showMessage("info", message, [create]);
    if (chosen === create) await this.createStudy();
  }
}

function targetsOf(studies: readonly CodeStudy[]): StudyTarget[] {
  return studies.flatMap(({ target }) => (target ? [target] : []));
}
