/** What every message between processes is made of: plain JSON, all that a webview's channel supports. */

/** Incremented whenever a message changes in a way that the other side must know. Both sides send it in their first message. */
export const PROTOCOL_VERSION = 1;

/** JSON has no NaN or infinity, but trials do. */
export type WireNumber = number | "NaN" | "Infinity" | "-Infinity";

export function toWire(value: number): WireNumber {
  return Number.isFinite(value) ? value : (String(value) as WireNumber);
}

export function fromWire(value: WireNumber): number {
  return Number(value);
}

export type WireJson = null | boolean | number | string | readonly WireJson[] | { readonly [key: string]: WireJson };

/** A number that is not finite crosses as its name: see WireNumber. */
export type WireParamValue = null | boolean | string | number;

/** Parameter values in messages. */
export function toWireParams(
  params: Readonly<Record<string, null | boolean | number | string>>,
): Record<string, WireParamValue> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, typeof value === "number" ? toWire(value) : value]),
  );
}

export type WireDirection = "minimize" | "maximize";

export type WireTrialState = "RUNNING" | "COMPLETE" | "PRUNED" | "FAIL" | "WAITING";

/** An error as it crosses a process boundary. */
export interface WireError {
  /** Stable, such as `duplicate-study`; `unknown` for an error that is not Tunelens's. */
  readonly code: string;
  readonly message: string;
  readonly stack?: string;
  /** The location in the user's files, if known; line and column from 1. */
  readonly location?: SourceLocation;
}

export interface SourceLocation {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column?: number;
}
