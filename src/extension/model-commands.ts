import * as vscode from "vscode";
import { PROVENANCE_FILE } from "../protocol/saved-model.js";
import type { EvaluateSummary } from "../protocol/trainer.js";
import { formatNumber, formatValues } from "../format/numbers.js";
import type { CommandHandlers } from "./commands.js";
import {
  askEpochs,
  describeModel,
  modelName,
  pickModel,
  readModel,
  type SavedModel,
  type SavedModels,
} from "./saved-models.js";
import type { StudyPicker } from "./study-picker.js";
import type { StartTarget, StudyRunner } from "./study-runner.js";
import type { StudyTarget } from "./study-target.js";
import { panelTitle, showCancellableProgress, showMessage } from "./surfaces.js";

interface Parts {
  readonly models: SavedModels;
  readonly runner: StudyRunner;
  readonly picker: StudyPicker;
  /** The study with its code; undefined: the user canceled, or knows what is missing. */
  readonly startable: (argument: unknown, title: string) => Promise<(StartTarget & StudyTarget) | undefined>;
  readonly saysThatItRuns: (target: StudyTarget) => boolean;
}

interface ChosenModel {
  readonly target: StartTarget;
  readonly model: SavedModel;
}

type ModelCommand =
  `tunelens.${"continueTraining" | "evaluateModel" | "compareModels" | "revealModel" | "deleteModel"}`;

/** What can be done with saved models. */
export class ModelCommands {
  constructor(private readonly parts: Parts) {}

  handlers(): Pick<CommandHandlers, ModelCommand> {
    return {
      "tunelens.continueTraining": (argument) => this.continueTraining(argument),
      "tunelens.evaluateModel": (argument) => this.evaluate(argument),
      "tunelens.compareModels": (argument) => withModel(argument, (model) => this.compare(model)),
      "tunelens.revealModel": (argument) => withModel(argument, reveal),
      "tunelens.deleteModel": (argument) => withModel(argument, (model) => this.remove(model)),
    };
  }

  private async continueTraining(argument: unknown): Promise<void> {
    const chosen = await this.choose(argument, "continue training", true);
    if (!chosen) return;
    const { target, model } = chosen;
    const epochs = await askEpochs(model);
    if (epochs !== undefined && !this.parts.saysThatItRuns(target))
      void this.parts.runner.retrain(target, { continues: model.folder, epochs });
  }

  private async evaluate(argument: unknown): Promise<void> {
    const chosen = await this.choose(argument, "evaluate", false);
    if (!chosen) return;
    const { target, model } = chosen;
    const title = `Evaluating ${modelName(model)} of trial ${model.trial} of ${target.study.name}…`;
    const summary = await showCancellableProgress(title, (signal) =>
      this.parts.runner.evaluate(target, model.folder, signal),
    );
    if (summary) void showMessage("info", describeEvaluation(model, summary));
  }

  /**
   * The model that a command is meant for: asks which, if there are several.
   * @param argument a study or a trial with saved models, a model in the sidebar, or a model's `tunelens.json`.
   */
  private async choose(argument: unknown, verb: string, needsIdle: boolean): Promise<ChosenModel | undefined> {
    const { picker, startable, models, saysThatItRuns } = this.parts;
    const given = argument instanceof vscode.Uri ? await readModel(argument) : modelOf(argument);
    if (argument instanceof vscode.Uri && !given) {
      void showMessage("warning", `${argument.fsPath} does not describe a saved model.`);
      return undefined;
    }
    const of = argument instanceof vscode.Uri && given ? await picker.named(given.study) : argument;
    const target = await startable(of, `Select a study to ${verb} a model of`);
    if (!target) return undefined;
    const { name } = target.study;
    const saved = given ? [given] : await models.of(name, target.trial);
    const found = saved.filter(({ ownFiles }) => !ownFiles);
    if (found.length === 0) {
      const whose = target.trial === undefined ? name : `Trial ${target.trial} of ${name}`;
      const message =
        saved.length === 0
          ? `${whose} has no saved model yet. Retrain it to save one.`
          : `Only the code or program of ${name} can load its models. To train longer, retrain a trial with more epochs.`;
      void showMessage("info", message);
      return undefined;
    }
    if (needsIdle && saysThatItRuns(target)) return undefined;
    const model = await pickModel(found, `Select a model to ${verb}`);
    return model && { target, model };
  }

  /** Where two models come from, side by side: parameters, metrics, code, and each epoch. */
  private async compare(model: SavedModel): Promise<void> {
    const others = (await this.parts.models.of(model.study)).filter(({ folder }) => folder !== model.folder);
    if (others.length === 0) {
      void showMessage("info", `${model.study} has no other saved model to compare with.`);
      return;
    }
    const other = await pickModel(others, "Select a model to compare with");
    if (!other) return;
    const title = panelTitle(`trial ${other.trial} ${modelName(other)} ↔ trial ${model.trial} ${modelName(model)}`);
    await vscode.commands.executeCommand("vscode.diff", provenanceOf(other), provenanceOf(model), title);
  }

  private async remove(model: SavedModel): Promise<void> {
    const question = `Delete model ${modelName(model)} of trial ${model.trial} of "${model.study}"?`;
    const detail = `${describeModel(model)}. Its folder ${vscode.workspace.asRelativePath(model.folder)} is moved to the trash.`;
    if ((await showMessage("warning", question, ["Delete"], { detail })) !== "Delete") return;
    const folder = vscode.Uri.file(model.folder);
    try {
      await vscode.workspace.fs.delete(folder, { recursive: true, useTrash: true });
    } catch {
      // On a remote machine and in a container, VS Code has no trash.
      const forGood = "Delete Permanently";
      const noTrash = "It cannot be moved to the trash here. Deleting it cannot be undone.";
      if ((await showMessage("warning", question, [forGood], { detail: noTrash })) !== forGood) return;
      await vscode.workspace.fs.delete(folder, { recursive: true });
    }
    this.parts.models.forget();
  }
}

/** The model of the tree's line that a command was called on. */
function modelOf(argument: unknown): SavedModel | undefined {
  const isNode = typeof argument === "object" && argument !== null && "model" in argument;
  return isNode ? (argument.model as SavedModel) : undefined;
}

async function withModel(argument: unknown, act: (model: SavedModel) => Promise<void>): Promise<void> {
  const model = modelOf(argument);
  if (model) await act(model);
}

/** `digits: v2 of trial 21 has value 0.98889; saved with 0.98889. val_loss 0.041, val_acc 0.9889.` */
function describeEvaluation(
  model: SavedModel,
  { study, values, savedValues, metrics, changedCode }: EvaluateSummary,
): string {
  const saved = savedValues.length > 0 ? `; saved with ${formatValues(savedValues)}` : "";
  const told = Object.entries(metrics).map(([name, value]) => `${name} ${formatNumber(value)}`);
  const changed = changedCode.length > 0 ? ` ${changedCode.join(", ")} changed since it was saved.` : "";
  return `${study}: ${modelName(model)} of trial ${model.trial} has value ${formatValues(values)}${saved}. ${told.join(", ")}.${changed}`;
}

async function reveal(model: SavedModel): Promise<void> {
  await vscode.commands.executeCommand("revealInExplorer", vscode.Uri.file(model.folder));
}

function provenanceOf({ folder }: SavedModel): vscode.Uri {
  return vscode.Uri.joinPath(vscode.Uri.file(folder), PROVENANCE_FILE);
}
