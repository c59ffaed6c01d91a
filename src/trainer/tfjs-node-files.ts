const whole = new URL("../tensorflow/tfjs-node.js", import.meta.url).href;
const files = new URL("../tensorflow/tfjs-node/file-system.js", import.meta.url).href;
const node = new URL("../tensorflow/tfjs-node/node.js", import.meta.url).href;

/** The files of tfjs-node that projects import by their paths, and the URLs of ours that give the same. */
const byPath: ReadonlyMap<string, string> = new Map([
  ["dist/index", whole],
  ["dist/node", whole],
  ["dist/io/index", files],
  ["dist/io/file_system", files],
  ["dist/callbacks", node],
  ["dist/tensorboard", node],
  ["dist/image", node],
  ["dist/saved_model", node],
]);

export const tfjsNodeUrls: readonly string[] = [whole, files, node];

const SPECIFIER = /^(@tensorflow\/tfjs-node(?:-gpu)?)(?:\/(.+?))?(?:\.js|\/)?$/;

/** The URL of what an import of tfjs-node, or of a file of it, gets; undefined: another package, or a file that only the native package has. */
export function tfjsNodeModule(specifier: string): string | undefined {
  const [, name, path = "dist/index"] = SPECIFIER.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  return byPath.get(path) ?? byPath.get(`${path}/index`);
}

/** What to do where a file of tfjs-node is not there; undefined: the specifier is of another package. */
export function adviceForTfjsNode(specifier: string): string | undefined {
  const [, name, path] = SPECIFIER.exec(specifier) ?? [];
  if (name === undefined || path === undefined) return undefined;
  return (
    `Cannot find ${path} of ${name}, which only the native package has. Import what you need from "${name}", which needs no installation, ` +
    `as do these files of it: ${[...byPath.keys()].join(", ")}. Or run: npm install ${name}`
  );
}
