/** `digits-2` after `digits`, `digits-3` after `digits-2`: the first of them that is free. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  let next = nextName(name);
  while (isTaken(next)) next = nextName(next);
  return next;
}

/** `digits-2` after `digits`, `digits-3` after `digits-2`. */
export function nextName(name: string): string {
  const [, stem = name, number = "1"] = /^(.+)-(\d+)$/.exec(name) ?? [];
  return `${stem}-${Number(number) + 1}`;
}
