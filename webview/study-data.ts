import type { DashboardLayouts } from "../src/protocol/dashboard-layout.js";
import type { DashboardPanelFunctions, DashboardSnapshot } from "../src/protocol/dashboard.js";
import type { EpochEnded } from "../src/protocol/trainer.js";
import { type DashboardHost, reasonOf } from "./host.js";

/** All the page knows of its study: the newest snapshot, and the epochs of running trials. Cards ask for what they show. */
export class StudyData implements DashboardPanelFunctions {
  snapshot: DashboardSnapshot | null = null;
  /** Running trials' latest epoch, by trial number. */
  epochs: ReadonlyMap<number, EpochEnded> = new Map();
  /** Why the host could not be reached, or refused what a button asked for. */
  problem: string | null = null;
  /** Grows whenever trials may have changed and somebody can see it. */
  revision = 0;
  /** What the user made of the pages of each kind of study. */
  layouts: DashboardLayouts = {};
  /** Whether the study was there before. */
  existed = false;

  constructor(
    private readonly onUpdate: () => void,
    private readonly onSelect: (trial: number) => void,
  ) {}

  /** Starts from a new snapshot: at first, and when the page was hidden in between. */
  async start(host: DashboardHost): Promise<void> {
    try {
      const [layouts, snapshot] = await Promise.all([host.getLayouts(), host.ready()]);
      this.layouts = layouts;
      this.changed(snapshot);
    } catch (error) {
      this.report(error);
    }
  }

  changed(snapshot: DashboardSnapshot): void {
    if (this.snapshot !== null && snapshot.sequence < this.snapshot.sequence) return;
    this.snapshot = snapshot;
    this.existed ||= snapshot.study !== null;
    this.epochs = new Map(snapshot.running?.progress.map((event) => [event.number, event]));
    if (!document.hidden) this.revision += 1;
    this.onUpdate();
  }

  progress(event: EpochEnded): void {
    const known = this.epochs.get(event.number);
    if (known !== undefined && known.epoch > event.epoch) return;
    this.epochs = new Map(this.epochs).set(event.number, event);
    this.onUpdate();
  }

  selectTrial(number: number): void {
    this.onSelect(number);
  }

  layoutsChanged(layouts: DashboardLayouts): void {
    this.layouts = layouts;
    this.onUpdate();
  }

  report(error: unknown): void {
    this.problem = reasonOf(error);
    this.onUpdate();
  }
}
