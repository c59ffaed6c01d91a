import * as vscode from "vscode";
import type { SourceLocation } from "../protocol/wire.js";

export async function openLocation({ file, line, column = 1 }: SourceLocation): Promise<void> {
  const position = new vscode.Position(Math.max(0, line - 1), Math.max(0, column - 1));
  await vscode.window.showTextDocument(vscode.Uri.file(file), { selection: new vscode.Range(position, position) });
}
