import tseslint from "typescript-eslint";

/** Who may import whom; ARCHITECTURE.md says why. Each room lists the other rooms it may use. */
const rooms = {
  engine: [],
  storage: ["engine", "protocol"],
  tensorflow: ["engine", "protocol"],
  protocol: [],
  format: ["protocol"],
  watchdog: [],
  source: ["protocol", "format"],
  supervisor: ["protocol"],
  trainer: ["engine", "storage", "tensorflow", "protocol", "format", "source", "watchdog"],
  inspector: ["engine", "storage", "protocol", "watchdog"],
  cli: ["engine", "storage", "tensorflow", "protocol", "format", "source", "supervisor"],
  extension: ["protocol", "format", "source", "supervisor"],
};

/** Rooms in which only pure TypeScript lives: no Node, no vscode, no TensorFlow. */
const pure = ["engine", "protocol", "format"];

const roomRules = Object.entries(rooms).map(([room, uses]) => {
  const closed = Object.keys(rooms).filter((other) => other !== room && !uses.includes(other));
  const patterns = [
    // From any depth of the room: ../storage/…, ../../storage/…
    {
      regex: `^(\\.\\./)+(${closed.join("|")})/`,
      message: `${room}/ may import ${uses.length > 0 ? uses.join(", ") : "nothing outside itself"}.`,
    },
  ];
  if (pure.includes(room)) patterns.push({ regex: "^[^.]", message: `${room}/ is pure TypeScript.` });
  return {
    files: [`src/${room}/**`],
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] },
  };
});

/** What is shown goes through a door that makes foreign text harmless: these are the ways around it in VS Code. */
const aroundSurfaces = [
  {
    // All that shows no text of ours.
    selector:
      ":not(MemberExpression[property.name=/^(activeTextEditor|visibleTextEditors|onDidChangeActiveTextEditor|showTextDocument|" +
      "registerWebviewPanelSerializer|showWorkspaceFolderPick|createTreeView)$/]) > " +
      'MemberExpression[object.name="vscode"][property.name="window"]',
    message: "What VS Code shows goes through surfaces.ts.",
  },
  {
    selector:
      'NewExpression[callee.object.name="vscode"]:not([callee.property.name=/^(EventEmitter|Disposable|Position|Range|Selection|' +
      "RelativePattern|ThemeColor|ThemeIcon|WorkspaceEdit)$/])",
    message: "What VS Code shows is made in surfaces.ts.",
  },
  {
    selector:
      'AssignmentExpression[left.type="MemberExpression"]:not([right.type="Literal"])' +
      "[left.property.name=/^(label|description|tooltip|text|title|detail|prompt|placeholder|validationMessage|message|name|" +
      "accessibilityInformation)$/]",
    message: "What VS Code shows is set in surfaces.ts.",
  },
  ...[
    'ImportDeclaration[source.value="vscode"] > ImportSpecifier',
    'VariableDeclarator[init.name="vscode"]',
    'MemberExpression[object.name="vscode"][computed=true]',
  ].map((selector) => ({ selector, message: "Write vscode.… in full, so that the other rules see it." })),
];

/** And in the terminal. */
const aroundTerminal = {
  selector: 'MemberExpression[object.name="process"][property.name=/^(stdout|stderr)$/]',
  message: "What is printed goes through terminal.ts.",
};

/** A test waits for a condition. Where only time can pass, `pause` of test/wait.ts says why. */
const timedWaits = [
  {
    selector: 'CallExpression[callee.property.name="waitForTimeout"]',
    message: "Wait for a condition, not for a time.",
  },
  {
    selector:
      'NewExpression[callee.name="Promise"] > ArrowFunctionExpression > CallExpression[callee.name="setTimeout"], ' +
      'NewExpression[callee.name="Promise"] CallExpression[callee.name="setTimeout"][arguments.0.type="Identifier"]',
    message: "Wait for a condition: until() of test/wait.ts, or pause() where only time can pass.",
  },
  {
    selector: "ImportDeclaration[source.value=/^(node:)?timers\\u002Fpromises$/]",
    message: "Wait for a condition: until() of test/wait.ts, or pause() where only time can pass.",
  },
];

export default tseslint.config(
  { ignores: ["node_modules", "dist", "out", ".vscode-test", ".cache", "test/fixtures", "**/.tunelens"] },
  ...tseslint.configs.recommended,
  {
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-non-null-assertion": "off",
      "no-console": "error",
      // Somebody may set the clock: what is counted from it is then negative, or hours too long.
      "no-restricted-properties": [
        "error",
        {
          object: "Date",
          property: "now",
          message: "Count time by performance.now(); the time of day is systemClock.timeOfDay().",
        },
      ],
      "max-lines-per-function": ["error", { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
  ...roomRules,
  {
    files: ["src/extension/**"],
    ignores: ["src/extension/surfaces.ts", "src/extension/output.ts"],
    rules: { "no-restricted-syntax": ["error", ...aroundSurfaces] },
  },
  {
    files: ["src/cli/**"],
    ignores: ["src/cli/terminal.ts"],
    rules: { "no-restricted-syntax": ["error", aroundTerminal] },
  },
  {
    files: ["webview/**"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: "^(\\.\\./)+src/(?!(protocol|format)/)",
              message: "webview/ may import protocol/ and format/ only.",
            },
            { regex: "^lit$", importNames: ["html", "svg"], message: "What the page shows goes through html.ts." },
          ],
        },
      ],
      "no-restricted-syntax": [
        "error",
        {
          selector: 'MemberExpression[object.name="v"][property.name="record"]',
          message: "Valibot's record leaves out some names; recordOf does not.",
        },
      ],
    },
  },
  { files: ["webview/html.ts"], rules: { "@typescript-eslint/no-restricted-imports": "off" } },
  {
    files: ["test/**", "scripts/**", "examples/**"],
    rules: { "max-lines-per-function": "off", "no-console": "off", "no-restricted-properties": "off" },
  },
  { files: ["test/**"], ignores: ["test/wait.ts"], rules: { "no-restricted-syntax": ["error", ...timedWaits] } },
  { files: ["src/engine/clock.ts"], rules: { "no-restricted-properties": "off" } },
);
