import * as vscode from "vscode";
import type { CommandHandlers } from "./commands.js";
import {
  describeModel,
  modelName,
  pickModel,
  PROVENANCE_FILE,
  type SavedModel,
  type SavedModels,
} from "./saved-models.js";
import { panelTitle, showMessage } from "./surfaces.js";

type ModelHandlers = Pick<CommandHandlers, "tunelens.compareModels" | "tunelens.revealModel" | "tunelens.deleteModel">;

/** What can be done with a saved model in the sidebar, besides continuing its training. */
export function modelHandlers(models: SavedModels): ModelHandlers {
  return {
    "tunelens.compareModels": (argument) => withModel(argument, (model) => compare(model, models)),
    "tunelens.revealModel": (argument) => withModel(argument, reveal),
    "tunelens.deleteModel": (argument) => withModel(argument, (model) => remove(model, models)),
  };
}

/** The model of the tree's line that a command was called on. */
export function modelOf(argument: unknown): SavedModel | undefined {
  const isNode = typeof argument === "object" && argument !== null && "model" in argument;
  return isNode ? (argument.model as SavedModel) : undefined;
}

async function withModel(argument: unknown, act: (model: SavedModel) => Promise<void>): Promise<void> {
  const model = modelOf(argument);
  if (model) await act(model);
}

/** Where two models come from, side by side: parameters, metrics, code, and each epoch. */
async function compare(model: SavedModel, models: SavedModels): Promise<void> {
  const others = (await models.of(model.study)).filter(({ folder }) => folder !== model.folder);
  if (others.length === 0) {
    void showMessage("info", `${model.study} has no other saved model to compare with.`);
    return;
  }
  const other = await pickModel(others, "Select a model to compare with");
  if (!other) return;
  const title = panelTitle(`trial ${other.trial} ${modelName(other)} ↔ trial ${model.trial} ${modelName(model)}`);
  await vscode.commands.executeCommand("vscode.diff", provenanceOf(other), provenanceOf(model), title);
}

async function reveal(model: SavedModel): Promise<void> {
  await vscode.commands.executeCommand("revealInExplorer", vscode.Uri.file(model.folder));
}

async function remove(model: SavedModel, models: SavedModels): Promise<void> {
  const question = `Delete model ${modelName(model)} of trial ${model.trial} of "${model.study}"?`;
  const detail = `${describeModel(model)}. Its folder ${vscode.workspace.asRelativePath(model.folder)} is moved to the trash.`;
  if ((await showMessage("warning", question, ["Delete"], { detail })) !== "Delete") return;
  await vscode.workspace.fs.delete(vscode.Uri.file(model.folder), { recursive: true, useTrash: true });
  models.forget();
}

function provenanceOf({ folder }: SavedModel): vscode.Uri {
  return vscode.Uri.joinPath(vscode.Uri.file(folder), PROVENANCE_FILE);
}
