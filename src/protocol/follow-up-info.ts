import type { FollowUpInfo } from "./trainer.js";
import { toWireParams } from "./wire.js";

/** The origin of a follow-up study, as sent to other processes. */
export function followUpInfo(
  followUp:
    | {
        readonly from: string;
        readonly frozen: Readonly<Record<string, null | boolean | number | string>>;
        readonly taken: number;
      }
    | undefined,
): FollowUpInfo | null {
  if (!followUp) return null;
  const { from, frozen, taken } = followUp;
  return { from, frozen: toWireParams(frozen), taken };
}
