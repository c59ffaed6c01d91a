import type { Scheduler } from "./scheduler.js";

/** The default, as in Optuna: each configuration is trained once, until it ends or the pruner ends it. */
export const toTheEnd: Scheduler = {
  name: "none",
  next: (_, { mayTryNew }) => (mayTryNew ? { try: "new" } : { end: true }),
};
