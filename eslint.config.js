import tseslint from "typescript-eslint";
import { roomImports } from "./scripts/lint/rooms.mjs";

const MODULE_CONSTANT =
  ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration[kind="const"] > VariableDeclarator';

/** One way to write things, in every file. ESLint takes a rule's last options only, so whoever adds to them repeats these. */
const everywhere = [
  { selector: "PrivateIdentifier", message: "Write private, as everywhere." },
  {
    selector:
      `${MODULE_CONSTANT}[id.name=/[a-z]/]` +
      ':matches([init.type=/^(Literal|TemplateLiteral)$/], [init.type="UnaryExpression"][init.argument.type="Literal"])',
    message: "A constant that is a literal is in UPPER_CASE.",
  },
  ...["init.type", "init.expression.type"].map((type) => ({
    selector: `${MODULE_CONSTANT}[id.name=/^[A-Z][A-Z0-9_]*$/][${type}=/^(Array|Object|New|ArrowFunction|Function)Expression$/]`,
    message: "Only a literal is in UPPER_CASE.",
  })),
];

/** What is shown goes through a door that makes foreign text harmless: these are the ways around it in VS Code. */
const aroundSurfaces = [
  {
    // All that shows no text of ours.
    selector:
      ":not(MemberExpression[property.name=/^(activeTextEditor|visibleTextEditors|onDidChangeActiveTextEditor|onDidChangeVisibleTextEditors|showTextDocument|" +
      "registerWebviewPanelSerializer|registerCustomEditorProvider|showWorkspaceFolderPick|createTreeView)$/]) > " +
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

/** A test waits for a condition: where only time can pass, `pause` of test/wait.ts says why. And it leaves nothing behind. */
const untidyTests = [
  {
    selector: 'CallExpression[callee.property.name="waitForTimeout"]',
    message: "Wait for a condition, not for a time.",
  },
  {
    selector: 'CallExpression[callee.name=/^mkdtemp/] CallExpression[callee.name="tmpdir"]',
    message: "temporaryFolder() of test/temporary-folder.ts is removed at the end.",
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
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  { ignores: ["node_modules", "dist", "out", ".vscode-test", ".cache", "test/fixtures", "**/.tunelens"] },
  ...tseslint.configs.recommendedTypeChecked,
  { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },
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
      // What a study, an objective or a library threw is handed on as it is.
      "@typescript-eslint/only-throw-error": ["error", { allowThrowingUnknown: true }],
      "@typescript-eslint/prefer-promise-reject-errors": ["error", { allowThrowingUnknown: true }],
      "max-lines-per-function": ["error", { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    plugins: { tunelens: { rules: { "room-imports": roomImports } } },
    rules: { "tunelens/room-imports": "error", "no-restricted-syntax": ["error", ...everywhere] },
  },
  {
    files: ["src/extension/**"],
    ignores: ["src/extension/surfaces.ts", "src/extension/output.ts"],
    rules: { "no-restricted-syntax": ["error", ...everywhere, ...aroundSurfaces] },
  },
  {
    files: ["src/cli/**"],
    ignores: ["src/cli/terminal.ts"],
    rules: { "no-restricted-syntax": ["error", ...everywhere, aroundTerminal] },
  },
  {
    files: ["webview/**"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          patterns: [
            { regex: "^lit$", importNames: ["html", "svg"], message: "What the page shows goes through html.ts." },
          ],
        },
      ],
      "no-restricted-syntax": [
        "error",
        ...everywhere,
        {
          selector: 'MemberExpression[object.name="v"][property.name="record"]',
          message: "Valibot's record leaves out some names; recordOf does not.",
        },
      ],
    },
  },
  { files: ["webview/html.ts"], rules: { "@typescript-eslint/no-restricted-imports": "off" } },
  {
    // They implement promised calls: `async` is what makes an error in them a rejection.
    files: ["src/inspector/**", "src/trainer/**", "src/tensorflow/callbacks/**", "src/extension/dashboard-panel.ts"],
    rules: { "@typescript-eslint/require-await": "off" },
  },
  {
    // They put methods of their own in the place of TensorFlow.js's, and call those on what they belong to.
    files: ["src/tensorflow/**"],
    rules: { "@typescript-eslint/unbound-method": "off" },
  },
  {
    // Lit calls an element's listeners on the element.
    files: ["webview/**"],
    rules: { "@typescript-eslint/unbound-method": "off" },
  },
  {
    files: ["test/**"],
    rules: {
      // Where a method has lost its `this`, its test fails.
      "@typescript-eslint/unbound-method": "off",
      // Stand-ins for what is asynchronous.
      "@typescript-eslint/require-await": "off",
      // Vitest's `expect.any(…)` and the like are `any`.
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    // What runs in the page knows the DOM, which these files' own types do not have.
    files: ["test/e2e/**"],
    rules: {
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
    },
  },
  {
    // The workspace's own tsconfig.json is not as strict.
    files: ["examples/**"],
    rules: { "@typescript-eslint/no-unnecessary-type-assertion": "off" },
  },
  {
    files: ["test/**", "scripts/**", "examples/**"],
    rules: { "max-lines-per-function": "off", "no-console": "off", "no-restricted-properties": "off" },
  },
  {
    files: ["test/**"],
    ignores: ["test/wait.ts", "test/temporary-folder.ts"],
    rules: { "no-restricted-syntax": ["error", ...everywhere, ...untidyTests] },
  },
  {
    // There are no arrays of registers: each of a tile's sums is named.
    files: ["filter-gradient", "tiles"].map((name) => `src/tensorflow/backends/wasm/assembly/${name}.ts`),
    rules: { "max-lines-per-function": ["error", { max: 125, skipBlankLines: true, skipComments: true }] },
  },
  { files: ["src/engine/clock.ts"], rules: { "no-restricted-properties": "off" } },
  // JavaScript, and AssemblyScript, have no types that TypeScript knows.
  { files: ["**/*.{js,mjs,cjs}", "src/tensorflow/backends/wasm/assembly/**"], ...tseslint.configs.disableTypeChecked },
);
