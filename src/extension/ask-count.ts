import { askText } from "./surfaces.js";

/** Asks for a whole number from 1; undefined where the user does not want it after all. */
export async function askCount(question: {
  readonly title: string;
  readonly prompt: string;
  readonly value: number;
}): Promise<number | undefined> {
  const text = await askText({
    ...question,
    value: String(question.value),
    validate: (input) => (/^[1-9]\d*$/.test(input.trim()) ? undefined : "A whole number, at least 1."),
  });
  return text === undefined ? undefined : Number(text);
}
