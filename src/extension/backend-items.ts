import { describeAuto, describeProbe } from "../format/backend-description.js";
import type { BackendList, ProbedBackend } from "../protocol/trainer.js";

/** A line of the list of training backends. */
export interface BackendItem {
  /** One of VS Code's icons. */
  readonly icon: string;
  readonly label: string;
  readonly description: string;
  readonly detail: string;
  /** What the setting becomes. */
  readonly backend: string;
  /** undefined for `auto`, which is always available. */
  readonly probe: ProbedBackend | undefined;
}

/**
 * `auto` and every backend, best first, with what each trains on or why it cannot be used.
 * @param list undefined while they are being tried; the result is `auto` alone.
 * @param current the setting's present value.
 */
export function backendItems(list: BackendList | undefined, current: string): BackendItem[] {
  const line = (backend: string, detail: string, icon: string, probe?: ProbedBackend): BackendItem => ({
    icon: backend === current ? "check" : icon,
    label: backend,
    description: [backend === current && "current", probe && !probe.usable && "not available"]
      .filter(Boolean)
      .join(", "),
    detail,
    backend,
    probe,
  });
  const taken = list ? `the best available here: ${describeAuto(list)}` : "the best available here";
  const probes = list?.backends ?? [];
  return [
    line("auto", taken, "sparkle"),
    ...probes.map((probe) =>
      line(
        probe.name,
        probe.usable ? describeProbe(probe) : probe.reason,
        probe.usable ? "chip" : "circle-slash",
        probe,
      ),
    ),
  ];
}
