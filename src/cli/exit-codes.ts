/** The exit codes. */
export const exitCodes = {
  /** Success. */
  done: 0,
  /** An error, explained on standard error. */
  failed: 1,
  /** An invalid command line. */
  usage: 2,
  /** Stopped by Ctrl-C or SIGTERM; finished trials are stored. */
  interrupted: 130,
} as const;
