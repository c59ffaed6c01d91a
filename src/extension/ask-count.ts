import { askText } from "./surfaces.js";

/** Asks for a whole number of at least 1; undefined if the user cancels. */
export async function askCount(question: {
  readonly title: string;
  readonly prompt: string;
  readonly value: number;
}): Promise<number | undefined> {
  const text = await askText({
    ...question,
    value: String(question.value),
    validate: (input) => (/^[1-9]\d*$/.test(input.trim()) ? undefined : "Enter an integer of at least 1."),
  });
  return text === undefined ? undefined : Number(text);
}
