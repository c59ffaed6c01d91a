/** What Tunelens uses of the API of VS Code's Python extension. */
export interface PythonApi {
  readonly environments?: {
    getActiveEnvironmentPath(resource?: unknown): { readonly path: string };
    resolveEnvironment(environment: {
      readonly path: string;
    }): Promise<{ readonly executable: { readonly uri?: { readonly fsPath: string } | undefined } } | undefined>;
  };
}

/** How long the extension may look for environments. */
const TIME_LIMIT_MS = 5_000;

/** The path of the interpreter that is selected for a file; undefined if there is none, or it is not known in time. */
export async function interpreterFrom(api: PythonApi, resource: unknown): Promise<string | undefined> {
  const { environments } = api;
  if (!environments) return undefined;
  const selected = environments.getActiveEnvironmentPath(resource);
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), TIME_LIMIT_MS)));
  try {
    const environment = await Promise.race([environments.resolveEnvironment(selected), tooLate]);
    return environment?.executable.uri?.fsPath;
  } finally {
    clearTimeout(timer);
  }
}
