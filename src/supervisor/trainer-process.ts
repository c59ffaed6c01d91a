import type { TrainerEvents, TrainerFunctions, TrainerHello } from "../protocol/trainer.js";
import { PROTOCOL_VERSION } from "../protocol/wire.js";
import { continueTree } from "../process-tree/process-tree.js";
import { type Child, type ChildOptions, type ExitReport, greet, startChild } from "./child-process.js";

/** How long each rung of the ladder takes. */
const ASK_MS = 5_000;
const TERMINATE_MS = 2_000;

export interface TrainerOptions extends ChildOptions<TrainerEvents> {
  /** Who starts it: `extension` or `cli`, with its version. */
  readonly parent?: string;
}

export interface TrainerProcess {
  readonly hello: TrainerHello;
  readonly functions: TrainerFunctions;
  readonly pid: number;
  /**
   * Ends the running call by the ladder: it is asked to stop, and continued if it was paused (SIGSTOP); 5 s later, the process gets SIGTERM;
   * 2 s later, its tree is killed.
   * Each further call takes the next rung immediately. Does nothing if no call is running.
   */
  stop(): void;
  /** Never rejects. A report that is not `expected` is an error, whatever its exit code. */
  readonly exited: Promise<ExitReport>;
  dispose(): Promise<void>;
}

/**
 * Starts a training process. Calls reject with `RemoteError` (what the process threw) or `ChildExitError` (it ended).
 */
export async function startTrainer(options: TrainerOptions): Promise<TrainerProcess> {
  const child = startChild<TrainerFunctions, TrainerEvents>("training process", options);
  const parentHello = { protocol: PROTOCOL_VERSION, parent: options.parent ?? "extension", cwd: options.cwd };
  const hello = await greet("training process", child, () => child.functions.initialize(parentHello));
  const ladder = new StopLadder(child);
  const { functions } = child;
  const watched = <Arguments extends unknown[], Result>(call: (...args: Arguments) => Promise<Result>) => {
    return (...args: Arguments) => ladder.during(call(...args));
  };
  return {
    hello,
    functions: {
      initialize: functions.initialize,
      ping: functions.ping,
      stop: functions.stop,
      stopTrial: functions.stopTrial,
      setTrials: functions.setTrials,
      pause: functions.pause,
      exit: () => {
        child.expectExit();
        return functions.exit();
      },
      listStudies: watched(functions.listStudies),
      run: watched(functions.run),
      retrain: watched(functions.retrain),
      evaluate: watched(functions.evaluate),
      deleteStudy: watched(functions.deleteStudy),
      annotate: watched(functions.annotate),
      enqueue: watched(functions.enqueue),
      changeTrials: watched(functions.changeTrials),
      endStudy: watched(functions.endStudy),
      failTrialsOfDead: watched(functions.failTrialsOfDead),
      probeBackends: watched(functions.probeBackends),
      installBackend: watched(functions.installBackend),
    },
    pid: hello.pid,
    stop: () => ladder.climb(),
    exited: child.exited,
    dispose: () => child.dispose(),
  };
}

/** Ask, terminate, kill: each rung if the previous one did not help in time, or when the user asks again. */
class StopLadder {
  private rung = 0;
  private calls = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly child: Child<TrainerFunctions>) {
    void child.exited.then(() => this.reset());
  }

  /** The ladder exists while a call is running. */
  async during<Result>(call: Promise<Result>): Promise<Result> {
    this.calls++;
    try {
      return await call;
    } finally {
      this.calls--;
      if (this.calls === 0) this.reset();
    }
  }

  climb(): void {
    if (this.calls === 0) return;
    clearTimeout(this.timer);
    this.rung++;
    if (this.rung === 1) {
      continueTree(this.child.process.pid!);
      this.child.functions.stop().catch(() => {});
      this.timer = setTimeout(() => this.climb(), ASK_MS);
    } else {
      this.child.expectExit();
      if (this.rung === 2) {
        this.child.process.kill("SIGTERM");
        this.timer = setTimeout(() => this.climb(), TERMINATE_MS);
      } else this.child.killTree();
    }
  }

  private reset(): void {
    clearTimeout(this.timer);
    this.rung = 0;
  }
}
