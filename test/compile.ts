import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A file that is only in memory. */
export interface Snippet {
  readonly path: string;
  readonly code: string;
}

/** What TypeScript says of the snippets when `tunelens` is this source tree. */
export function problemsOf(snippets: readonly Snippet[]): string[] {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [] }, ts.sys, root);
  options.paths = {
    tunelens: [join(root, "src/index.ts")],
    "tunelens/training": [join(root, "src/tensorflow/index.ts")],
    "@tensorflow/tfjs-node": [join(root, "src/tensorflow/tfjs-node.ts")],
  };
  const inMemory = new Map(snippets.map(({ path, code }) => [path, code]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => inMemory.has(path) || fileExists(path);
  host.readFile = (path) => inMemory.get(path) ?? readFile(path);
  host.getSourceFile = (path, languageVersion) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, languageVersion);
  };
  const program = ts.createProgram([...inMemory.keys()], options, host);
  return snippets.flatMap(({ path }) => {
    const file = program.getSourceFile(path)!;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((problem) => {
      const line = file.getLineAndCharacterOfPosition(problem.start ?? 0).line;
      const message = ts.flattenDiagnosticMessageText(problem.messageText, " ");
      return `${path.slice(root.length)}: ${file.text.split("\n")[line]!.trim()}: ${message}`;
    });
  });
}
