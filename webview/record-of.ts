import * as v from "valibot";

/** A record by foreign names. Valibot's own leaves out what is called `constructor`, `prototype` or `__proto__`. */
export function recordOf<T>(value: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, Record<string, T>> {
  return v.pipe(
    v.custom<object>((input) => typeof input === "object" && input !== null && !Array.isArray(input)),
    v.transform((record) => Object.entries(record)),
    v.array(v.tuple([v.string(), value])),
    v.transform((entries): Record<string, T> => Object.fromEntries(entries)),
  );
}
