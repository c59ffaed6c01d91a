import type { Socket } from "node:net";
import type { IpcPort } from "../protocol/channel.js";

/** Characters of the longest message from somebody who has not shown the secret yet, and from anybody else. */
const LONGEST_GREETING = 10_000;
const LONGEST_MESSAGE = 64_000_000;

/** A socket as a channel between processes: each line is a message in JSON. */
export class SocketPort implements IpcPort {
  private readonly listeners = new Set<(message: unknown) => void>();
  private pieces: string[] = [];
  private held = 0;

  constructor(
    readonly socket: Socket,
    private readonly isTrusted: () => boolean = () => true,
  ) {
    // A connection that is lost is told by its close.
    socket.on("error", () => {});
    socket.setEncoding("utf8").on("data", (text: string) => this.receive(text));
  }

  /** Characters that the other side has not taken yet. */
  get waiting(): number {
    return this.socket.writableLength;
  }

  send(message: unknown): boolean {
    return this.socket.writable && this.socket.write(`${JSON.stringify(message)}\n`);
  }

  on(_event: "message", listener: (message: unknown) => void): void {
    this.listeners.add(listener);
  }

  off(_event: "message", listener: (message: unknown) => void): void {
    this.listeners.delete(listener);
  }

  private receive(text: string): void {
    const [rest, ...lines] = text.split("\n").reverse();
    for (const line of lines.reverse()) {
      this.pieces.push(line);
      this.handle(this.pieces.join(""));
      this.pieces = [];
      this.held = 0;
    }
    this.pieces.push(rest!);
    this.held += rest!.length;
    if (this.held > (this.isTrusted() ? LONGEST_MESSAGE : LONGEST_GREETING)) this.socket.destroy();
  }

  private handle(line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      this.socket.destroy();
      return;
    }
    for (const listener of this.listeners) listener(message);
  }
}
