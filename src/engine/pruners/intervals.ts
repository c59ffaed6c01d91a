/**
 * Whether no report before `step` fell into the same interval of checks, so that this report answers for its check.
 * Checks are due at `warmupSteps`, `warmupSteps + intervalSteps`, …; one without a report of its own is made up for at the next.
 */
export function isFirstInInterval(
  step: number,
  steps: Iterable<number>,
  warmupSteps: number,
  intervalSteps: number,
): boolean {
  const checkStep = Math.floor((step - warmupSteps) / intervalSteps) * intervalSteps + warmupSteps;
  for (const other of steps) if (other !== step && other >= checkStep) return false;
  return true;
}
