/**
 * A number with so many significant digits: enough to compare by eye. What stands before the point is never rounded away: 1048576 stays
 * what it is, as long as a number can tell it from its neighbours.
 */
export function significant(number: number, digits: number): number {
  const size = Math.abs(number);
  const isLong = size >= 10 ** digits && size <= Number.MAX_SAFE_INTEGER;
  return isLong ? Math.round(number) : Number(number.toPrecision(digits));
}
