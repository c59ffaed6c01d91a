import type { InspectorEvents, InspectorFunctions } from "../protocol/inspector.js";
import { PROTOCOL_VERSION } from "../protocol/wire.js";
import { type ChildOptions, type ExitReport, greet, startChild } from "./child-process.js";

export interface InspectorProcess {
  readonly functions: InspectorFunctions;
  /** Never rejects. A report that is not `expected` is an error: start another one. */
  readonly exited: Promise<ExitReport>;
  /** Ends it immediately, without asking. */
  kill(): void;
  dispose(): Promise<void>;
}

/**
 * Starts an inspector process. Calls reject with `RemoteError` (what the process threw) or `ChildExitError` (it ended).
 */
export async function startInspector(options: ChildOptions<InspectorEvents>): Promise<InspectorProcess> {
  const child = startChild<InspectorFunctions, InspectorEvents>("inspector process", options);
  const hello = { protocol: PROTOCOL_VERSION, cwd: options.cwd };
  await greet("inspector process", child, () => child.functions.initialize(hello));
  const kill = () => {
    child.expectExit();
    child.killTree();
  };
  return { functions: child.functions, exited: child.exited, kill, dispose: () => child.dispose() };
}
