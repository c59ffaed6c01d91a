import type { SourceLocation, WireError } from "./wire.js";

/** Our messages between processes carry this key; a user's own `process.send` does not, and is ignored. */
const TAG = "tunelens";

/** Both ends of Node's IPC channel: `process` in a child, `ChildProcess` in its parent. */
export interface IpcPort {
  send?(message: unknown, handle?: undefined, options?: undefined, callback?: (error: Error | null) => void): boolean;
  on(event: "message", listener: (message: unknown) => void): unknown;
  off(event: "message", listener: (message: unknown) => void): unknown;
}

/** A rejected call, as its caller sees it. */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
  readonly code: string;
  readonly location: SourceLocation | undefined;
  /** The stack in the process that threw. */
  readonly remoteStack: string | undefined;

  constructor(error: WireError) {
    super(error.message);
    this.code = error.code;
    this.location = error.location;
    this.remoteStack = error.stack;
  }
}

interface RpcMessage {
  /** birpc's error field of a response. */
  readonly e?: unknown;
}

/** birpc's channel interface. No call times out: a run may take days, and a dead process rejects its calls by dying. */
export interface IpcChannel {
  readonly timeout: -1;
  post(frame: unknown): void;
  on(listener: (message: unknown) => void): void;
  off(listener: (message: unknown) => void): void;
  serialize(message: RpcMessage): unknown;
  deserialize(message: RpcMessage): unknown;
}

/**
 * birpc's channel over Node's IPC, for `createBirpc(functions, { ...ipcChannel(process, toWireError), bind: "functions" })`.
 * @param toWireError converts an error thrown by one of this side's functions for the other side.
 */
export function ipcChannel(port: IpcPort, toWireError: (error: unknown) => WireError): IpcChannel {
  const unwrapping = new Map<unknown, (frame: unknown) => void>();
  return {
    timeout: -1,
    post(frame) {
      // A closed channel is noticed when the process at its other end ends, not here.
      port.send?.(frame, undefined, undefined, () => {});
    },
    on(listener) {
      const unwrap = (frame: unknown) => {
        if (typeof frame === "object" && frame !== null && TAG in frame) listener(frame[TAG]);
      };
      unwrapping.set(listener, unwrap);
      port.on("message", unwrap);
    },
    off(listener) {
      const unwrap = unwrapping.get(listener);
      if (unwrap) port.off("message", unwrap);
      unwrapping.delete(listener);
    },
    serialize(message) {
      return { [TAG]: message.e === undefined ? message : { ...message, e: toWireError(message.e) } };
    },
    deserialize(message) {
      return message.e === undefined ? message : { ...message, e: new RemoteError(message.e as WireError) };
    },
  };
}
