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

/** Whether a follow-up study freezes parameters; one that only continues a changed space does not. */
export function freezesParams<FollowUp extends { readonly frozen: object }>(
  followUp: FollowUp | null | undefined,
): followUp is FollowUp {
  return followUp != null && Object.keys(followUp.frozen).length > 0;
}
