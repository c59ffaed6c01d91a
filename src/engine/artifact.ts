import { InvalidArgumentError } from "./errors.js";
import type { Storage } from "./storage.js";

const NAME_LENGTH = 200;

/**
 * Stores a file with a study or a trial.
 * @param where study or trial, for errors.
 * @param register stores the attribute that describes it.
 * @returns false if the storage keeps no files.
 * @throws InvalidArgumentError for an invalid name or content, or a file that cannot be read.
 */
export async function keepArtifact(
  storage: Storage,
  where: string,
  { name, content }: { readonly name: string; readonly content: string | Uint8Array },
  register: (key: string, value: string) => void,
): Promise<boolean> {
  checkArtifact(where, name, content);
  if (!storage.writeArtifact) return false;
  await storage.writeArtifact({ name, content, where }, register);
  return true;
}

export function checkArtifact(where: string, name: string, content: string | Uint8Array): void {
  const problem = problemOf(name);
  if (problem) throw new InvalidArgumentError(`${where}, artifact ${JSON.stringify(name)}: ${problem}`);
  if (typeof content !== "string" && !(content instanceof Uint8Array))
    throw new InvalidArgumentError(
      `${where}, artifact "${name}": the content must be the path of a file or a Uint8Array, not ${typeof content}. ` +
        "For text, pass new TextEncoder().encode(text).",
    );
}

function problemOf(name: unknown): string | undefined {
  if (typeof name !== "string" || name.trim() === "") return "the name must be a file name, such as confusion.json.";
  if (/[/\\\u0000-\u001f]/.test(name) || name === "." || name === "..") return "the name must not be a path.";
  return name.length > NAME_LENGTH ? `the name is longer than ${NAME_LENGTH} characters.` : undefined;
}
