import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Who may import whom; ARCHITECTURE.md says why. The names of folders and of files in src/, and what each may import beside itself. */
const rooms = {
  engine: [],
  storage: ["engine", "protocol", "open-files"],
  tensorflow: ["engine", "protocol", "open-files"],
  protocol: [],
  format: ["protocol"],
  watchdog: [],
  source: ["engine", "protocol", "format"],
  "process-tree": [],
  command: ["engine", "process-tree"],
  supervisor: ["protocol", "open-files", "process-tree"],
  trainer: ["engine", "storage", "tensorflow", "protocol", "format", "source", "watchdog", "open-files", "version"],
  query: ["engine", "protocol", "format"],
  inspector: ["engine", "storage", "protocol", "watchdog", "query"],
  cli: [
    "engine",
    "storage",
    "tensorflow",
    "protocol",
    "format",
    "source",
    "supervisor",
    "command",
    "open-files",
    "version",
  ],
  extension: ["protocol", "format", "source", "supervisor"],
  index: ["engine", "storage", "command"],
  "open-files": ["engine"],
  version: [],
  webview: ["protocol", "format", "query"],
  examples: [],
  scripts: ["examples"],
};

/** Packages that only some rooms may import. The others stay without native code, the editor, or TensorFlow.js. */
const packages = [
  { name: /^vscode$/, rooms: ["extension"] },
  { name: /^better-sqlite3$/, rooms: ["storage"] },
  { name: /^@tensorflow\//, rooms: ["tensorflow", "trainer", "examples"] },
];

/** Rooms in which only pure TypeScript lives: no Node, no vscode, no TensorFlow. */
const pure = ["engine", "protocol", "format", "query"];

/** @param {string} path from the repository's root. @returns {string | undefined} the room of a file. */
function roomOf(path) {
  const [folder, name] = path.split("/");
  const room = folder === "src" ? name?.replace(/\.[jt]s$/, "") : folder;
  return room !== undefined && Object.hasOwn(rooms, room) ? room : undefined;
}

/**
 * @param {string} room
 * @param {string} specifier what is imported, as it is written.
 * @param {string} path the importing file's, from the repository's root.
 * @returns {string | undefined} why that must not be.
 */
function refusal(room, specifier, path) {
  if (!specifier.startsWith(".")) {
    if (pure.includes(room)) return `${room}/ is pure TypeScript.`;
    const closed = packages.find(({ name, rooms: open }) => name.test(specifier) && !open.includes(room));
    return closed && `Only ${closed.rooms.join(", ")} may import ${specifier}.`;
  }
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  if (target.split("/")[0] === "test") return `${room} may import nothing of test/.`;
  const other = roomOf(target);
  if (other === undefined || other === room || rooms[room].includes(other)) return undefined;
  return `${room} may import ${rooms[room].join(", ") || "nothing outside itself"}.`;
}

/** Imports of every form, `export … from`, `import(…)` and types' `import("…")` too, keep to the table above. */
export const roomImports = {
  meta: { type: "problem", schema: [], messages: { refused: "{{why}}" } },
  create(context) {
    const path = relative(root, context.filename).replaceAll("\\", "/");
    const room = roomOf(path);
    if (room === undefined) {
      const why = "Every folder and file of src/ stands in the table of rooms.";
      const unknown = (node) => context.report({ node, messageId: "refused", data: { why } });
      return path.startsWith("src/") ? { Program: unknown } : {};
    }
    const check = (source) => {
      const specifier = source?.type === "TemplateLiteral" ? source.quasis[0].value.cooked : source?.value;
      const why = typeof specifier === "string" ? refusal(room, specifier, path) : undefined;
      if (why) context.report({ node: source, messageId: "refused", data: { why } });
    };
    return {
      "ImportDeclaration, ExportNamedDeclaration, ExportAllDeclaration, ImportExpression, TSImportType": ({ source }) =>
        check(source),
      TSExternalModuleReference: ({ expression }) => check(expression),
      'CallExpression[callee.name="require"]': (call) => check(call.arguments[0]),
    };
  },
};
