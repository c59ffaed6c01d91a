/** What a value is that should be a number, and what to write instead. For a sentence: "The objective returned … instead of a number." */
export interface ValueInWords {
  readonly what: string;
  /** A sentence; empty if nothing helps. */
  readonly advice: string;
}

export function valueInWords(value: unknown): ValueInWords {
  if (value === undefined) return { what: "undefined", advice: "Is a `return` or an `await` missing?" };
  if (value === null) return { what: "null", advice: "" };
  if (typeof value === "string") return { what: JSON.stringify(value), advice: "Convert it with Number(…)." };
  if (typeof value === "function") return { what: "a function", advice: "Call it: add ()." };
  if (typeof value !== "object") return { what: `a value of type ${typeof value}`, advice: "" };
  return objectInWords(value);
}

function objectInWords(value: object): ValueInWords {
  if (has(value, "then")) return { what: "a promise", advice: "Write `await` before it." };
  if (Array.isArray(value)) return { what: "an array", advice: "Take a number out of it: array[0]." };
  if (ArrayBuffer.isView(value))
    return { what: `a ${value.constructor.name}`, advice: "Take a number out of it: array[0]." };
  if (has(value, "dataSync")) return { what: "a tensor", advice: "Read its number: (await tensor.data())[0]." };
  if (has(value, "predict")) return { what: "a model", advice: "" };
  if (has(value, "last") && has(value, "best"))
    return { what: "the training's history", advice: 'Take one of its numbers, such as history.last("val_loss").' };
  if ("history" in value && "epoch" in value)
    return {
      what: "the training's history",
      advice: "Take one of its numbers, such as history.history.loss.at(-1).",
    };
  const names = Object.keys(value).slice(0, 5).join(", ");
  return { what: names ? `an object (${names})` : "an empty object", advice: "" };
}

function has(value: object, method: string): boolean {
  return typeof Reflect.get(value, method) === "function";
}
