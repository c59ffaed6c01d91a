import { basename } from "node:path";
import { freeName } from "../format/free-name.js";
import { plural } from "../format/plural.js";
import type { StudyStore } from "./study-store.js";
import type { StartTarget } from "./study-runner.js";
import { askText, showMessage } from "./surfaces.js";

/** How the question and its command are called. */
export const CONTINUE_CHANGED = "Continue with a Changed Space…";

/**
 * Asks for the name of a new study, which continues another one with the space that its file has now.
 * @returns undefined if the user cancels, or if there is nothing to continue (the user is told).
 */
export async function askChangedName({ study, file }: StartTarget, store: StudyStore): Promise<string | undefined> {
  await store.refresh(study.storage);
  const { COMPLETE = 0, PRUNED = 0 } = store.study(study)?.counts ?? {};
  if (COMPLETE + PRUNED === 0) {
    void showMessage("info", `${study.name} has no finished trial that a changed space could start with.`);
    return undefined;
  }
  const names = store.storage(study.storage)?.studies.map(({ name }) => name) ?? [];
  const name = await askText({
    title: "Continue with a Changed Space",
    prompt:
      `Enter a name for the new study. It starts with those of the ${plural(COMPLETE + PRUNED, "trial")} of ${study.name} that fit the ` +
      `space in ${basename(file)}.`,
    value: freeName(study.name, (candidate) => names.includes(candidate)),
    validate: (input) => wrongName(input.trim(), names),
  });
  return name?.trim();
}

function wrongName(name: string, taken: readonly string[]): string | undefined {
  if (name === "" || name.length > 512) return "Enter a name of 1 to 512 characters.";
  return taken.includes(name) ? `Study "${name}" already exists.` : undefined;
}
