const DIGITS = 7;

/**
 * `3f9a1c2`: short for a study's code. Of one file, it is the start of its hash; of several, the sum of these.
 * @param hashes each file's SHA-256, hexadecimal, by path. Anybody may have written them.
 * @returns undefined where there is none.
 */
export function shortCodeHash(hashes: Readonly<Record<string, unknown>>): string | undefined {
  const starts = Object.values(hashes).map((hash) => Number.parseInt(String(hash).slice(0, DIGITS), 16));
  if (starts.length === 0 || starts.some(Number.isNaN)) return undefined;
  const sum = starts.reduce((total, start) => (total + start) % 16 ** DIGITS, 0);
  return sum.toString(16).padStart(DIGITS, "0");
}
