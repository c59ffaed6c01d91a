const POLL_MS = 250;

/**
 * Looks at storages four times a second and tells of those that changed, each at most once a look. Polling sees what file events miss:
 * a write through a memory map, on a network drive, into the write-ahead log.
 */
export class Watcher {
  private readonly watched = new Map<string, { readonly stampOf: () => string; stamp: string }>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly onChange: (storage: string) => void,
    private readonly pollMs = POLL_MS,
  ) {}

  /** @param stampOf differs after every change. */
  watch(storage: string, stampOf: () => string): void {
    if (this.watched.has(storage)) return;
    this.watched.set(storage, { stampOf, stamp: stampOf() });
    this.timer ??= setInterval(() => this.look(), this.pollMs);
  }

  unwatch(storage: string): void {
    this.watched.delete(storage);
    if (this.watched.size === 0) this.stop();
  }

  stop(): void {
    this.watched.clear();
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  private look(): void {
    for (const [storage, watched] of this.watched) {
      const stamp = watched.stampOf();
      if (stamp === watched.stamp) continue;
      watched.stamp = stamp;
      this.onChange(storage);
    }
  }
}
