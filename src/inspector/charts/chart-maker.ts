import type { StudySnapshot } from "../../engine/storage.js";
import type { TrialSnapshot } from "../../engine/trial/trial-snapshot.js";
import type { ChartData, ChartName, ChartRequest } from "../../protocol/charts.js";

/** Makes a chart's data of nothing but a study and a request, and the same of the same. */
export interface ChartMaker<Name extends ChartName> {
  /**
   * Whether it takes long with many trials: of more than a few, it is made in a thread, while everything else is answered. `always`: however
   * few there are, as it fits models, or reads other studies. Default false.
   */
  readonly isSlow?: boolean | "always" | ((request: ChartRequest<Name>) => boolean);
  /** Whether neither parameters nor intermediate values have a part in it: it is made before a large study is read in full. Default false. */
  readonly needsHeadsOnly?: boolean;
  /**
   * The few trials of which it is made, told of trials without parameters and intermediate values: of a large study, only these are read in
   * full. Undefined, or left out: it is made of all.
   * @param reports whether a trial has intermediate values.
   */
  chosen?(
    source: ChartSource,
    request: ChartRequest<Name>,
    reports: (trial: TrialSnapshot) => boolean,
  ): readonly TrialSnapshot[] | undefined;
  /** @throws InvalidArgumentError for options that the chart cannot have for this study. */
  make(source: ChartSource, request: ChartRequest<Name>): ChartData[Name];
  /** As long as it stays the same, so do the data; parameters and intermediate values have no part in it. Left out: they change whenever the study does. */
  version?(source: ChartSource): number | string;
}

/** A study as it was at one moment. */
export interface ChartSource {
  readonly study: StudySnapshot;
  readonly trials: readonly TrialSnapshot[];
  /** All of the study's, where `trials` are those that match a filter: for what a filter must not change. */
  readonly unfiltered?: readonly TrialSnapshot[];
  /** The studies of its storage, itself among them. Left out: it is alone. */
  readonly siblings?: StudySiblings;
}

/** A storage's studies, read when they are asked for. */
export interface StudySiblings {
  /** By creation. */
  list(): readonly StudySnapshot[];
  /** @param filter a query that they match; none do where it names what the study does not have. */
  trials(study: StudySnapshot, filter?: string): readonly TrialSnapshot[];
}
