/**
 * Waits for a condition.
 * @param what named when it does not come true.
 * @param everyMs how often it is looked at; seldom where looking costs much.
 * @returns the first truthy answer.
 * @throws Error when there is none within so many seconds.
 */
export async function until<T>(
  what: string,
  get: () => T | Promise<T>,
  seconds = 30,
  everyMs = 10,
): Promise<NonNullable<T>> {
  const end = performance.now() + seconds * 1_000;
  for (;;) {
    const value = await get();
    if (value) return value;
    if (performance.now() > end) throw new Error(`Not within ${seconds} s: ${what}`);
    await pause(everyMs, "the condition is looked at again");
  }
}

/**
 * Lets time pass. Only where time itself is what is tested, or no event tells that it is enough; everywhere else wait for a condition.
 * @param why there is no condition.
 */
export function pause(milliseconds: number, why: string): Promise<void> {
  if (!why) throw new Error("A pause needs a reason.");
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
