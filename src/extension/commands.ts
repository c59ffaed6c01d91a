/** What the palette, the menus and the tests know about a command; `package.json` says the same (a test holds them together). */
export interface CommandContribution {
  readonly title: string;
  readonly icon?: string;
  /** Runs the user's code or changes a study: only in a trusted workspace. */
  readonly needsTrust: boolean;
  /** Makes sense only with an argument from a menu or a lens, so the palette hides it. */
  readonly hiddenInPalette?: boolean;
}

export const commands = {
  "tunelens.startStudy": { title: "Start Study", icon: "$(play)", needsTrust: true },
  "tunelens.debugStudy": { title: "Debug Study", icon: "$(debug-alt)", needsTrust: true },
  "tunelens.resumeStudy": { title: "Resume Study", icon: "$(debug-continue)", needsTrust: true },
  "tunelens.stopStudy": { title: "Stop Study", icon: "$(debug-stop)", needsTrust: false },
  "tunelens.pauseStudy": { title: "Pause Study", icon: "$(debug-pause)", needsTrust: false },
  "tunelens.changeTrials": { title: "Change Number of Trials…", needsTrust: true },
  "tunelens.enqueueTrial": { title: "Enqueue Trial…", icon: "$(run-all)", needsTrust: true },
  "tunelens.stopTrial": {
    title: "Stop This Trial",
    icon: "$(debug-stop)",
    needsTrust: false,
    hiddenInPalette: true,
  },
  "tunelens.runTrialAgain": {
    title: "Run This Trial Again",
    icon: "$(debug-restart)",
    needsTrust: true,
    hiddenInPalette: true,
  },
  "tunelens.debugTrial": {
    title: "Debug This Trial",
    icon: "$(debug-alt)",
    needsTrust: true,
    hiddenInPalette: true,
  },
  "tunelens.openFailure": { title: "Open Failing Line", icon: "$(bug)", needsTrust: false, hiddenInPalette: true },
  "tunelens.retrainBest": { title: "Retrain Best", icon: "$(star-full)", needsTrust: true },
  "tunelens.retrainTrial": { title: "Retrain This Trial", needsTrust: true, hiddenInPalette: true },
  "tunelens.continueTraining": { title: "Continue Training…", icon: "$(debug-continue)", needsTrust: true },
  "tunelens.evaluateModel": { title: "Evaluate Model…", icon: "$(beaker)", needsTrust: true },
  "tunelens.compareModels": { title: "Compare Model With…", needsTrust: false, hiddenInPalette: true },
  "tunelens.revealModel": { title: "Reveal Model", icon: "$(folder-opened)", needsTrust: false, hiddenInPalette: true },
  "tunelens.deleteModel": { title: "Delete Model", icon: "$(trash)", needsTrust: true, hiddenInPalette: true },
  "tunelens.freezeParameter": { title: "Freeze Parameter…", icon: "$(lock)", needsTrust: true },
  "tunelens.continueChanged": { title: "Continue with a Changed Space…", needsTrust: true },
  "tunelens.openDashboard": { title: "Open Dashboard", icon: "$(graph)", needsTrust: false },
  "tunelens.openDatabase": { title: "Open Database…", icon: "$(database)", needsTrust: false },
  "tunelens.openSource": { title: "Go to Study Source", icon: "$(go-to-file)", needsTrust: false },
  "tunelens.newStudy": { title: "New Study", icon: "$(add)", needsTrust: false },
  "tunelens.tuneScript": { title: "Tune This Script…", icon: "$(beaker)", needsTrust: false },
  "tunelens.deleteStudy": { title: "Delete Study", icon: "$(trash)", needsTrust: true },
  "tunelens.migrateCopy": { title: "Migrate a Copy", icon: "$(database)", needsTrust: true },
  "tunelens.copyParameters": { title: "Copy Parameters", icon: "$(copy)", needsTrust: false },
  "tunelens.showBestAsCode": { title: "Show Best as Code", icon: "$(code)", needsTrust: false },
  "tunelens.showTrialAsCode": { title: "Show This Trial as Code", needsTrust: false, hiddenInPalette: true },
  "tunelens.selectBackend": { title: "Select Training Backend", icon: "$(chip)", needsTrust: true },
  "tunelens.showOutput": { title: "Show Output", icon: "$(output)", needsTrust: false },
  "tunelens.refresh": { title: "Refresh", icon: "$(refresh)", needsTrust: false },
  "tunelens.sortTrialsByValue": { title: "Sort Trials: Best First", needsTrust: false },
  "tunelens.sortTrialsByNumber": { title: "Sort Trials: Newest First", needsTrust: false },
  "tunelens.showMoreTrials": { title: "Show More Trials", needsTrust: false, hiddenInPalette: true },
} as const satisfies Record<`tunelens.${string}`, CommandContribution>;

export type Command = keyof typeof commands;

/** Everything that can be run, one handler for each command: a missing or misspelled one does not compile. */
export type CommandHandlers = { readonly [K in Command]: (argument?: unknown) => Promise<void> | void };
