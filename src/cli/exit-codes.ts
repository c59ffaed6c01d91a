/** What the shell is told. */
export const exitCodes = {
  /** Done as asked. */
  done: 0,
  /** Something failed; standard error says what. */
  failed: 1,
  /** The command line cannot be understood. */
  usage: 2,
  /** Stopped by Ctrl-C or SIGTERM; what was finished is stored. */
  interrupted: 130,
} as const;
