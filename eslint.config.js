import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import importX from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** Who may import whom; ARCHITECTURE.md says why. Each room lists the other rooms it may use. */
const rooms = {
  engine: [],
  storage: ["engine"],
  training: ["engine"],
  protocol: [],
  supervisor: ["protocol"],
  trainer: ["engine", "storage", "training", "protocol"],
  inspector: ["engine", "storage", "protocol"],
  cli: ["engine", "storage", "training", "protocol", "supervisor"],
  extension: ["protocol", "supervisor"],
};

const zones = Object.entries(rooms).map(([room, uses]) => ({
  target: `./src/${room}`,
  from: "./src",
  except: [room, ...uses].map((name) => `./${name}`),
  message: `${room}/ may import ${uses.length ? uses.join(", ") : "nothing outside itself"}.`,
}));

const pureEngine = {
  patterns: [
    {
      regex: "^(node:|vscode$|@tensorflow/|better-sqlite3)",
      message: "engine/ and protocol/ are pure TypeScript: no Node, no vscode, no TensorFlow.",
    },
  ],
};

export default tseslint.config(
  { ignores: ["node_modules", "dist", "out", ".vscode-test", ".cache", "test/fixtures", "**/.tunelens"] },
  ...tseslint.configs.recommended,
  {
    plugins: { "import-x": importX },
    settings: {
      "import-x/resolver-next": [
        createTypeScriptImportResolver({ project: ["tsconfig.json", "webview/tsconfig.json"] }),
      ],
    },
    rules: {
      "import-x/no-restricted-paths": [
        "error",
        {
          zones: [
            ...zones,
            {
              target: "./webview",
              from: "./src",
              except: ["./protocol"],
              message: "webview/ may import protocol/ only.",
            },
          ],
        },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-non-null-assertion": "off",
      "no-console": "error",
      "max-lines-per-function": ["error", { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ["src/engine/**", "src/protocol/**"], rules: { "no-restricted-imports": ["error", pureEngine] } },
  {
    files: ["test/**", "scripts/**", "examples/**"],
    rules: { "max-lines-per-function": "off", "no-console": "off" },
  },
);
