import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Who may import what (docs/architecture.md has the table). TypeScript's project references say the same
 * to the compiler; here the messages say why.
 */

/** A path that leaves its own folder upwards and goes down into `folder`. */
const into = (folder) => `^(\\.\\./)+${folder}/`;
const anyOf = (...names) => `(${names.join('|')})`;

const WORKFLOW_CODE = 'workflows(?!/contract/)';
const NOT_RELATIVE = '(?!\\.)';

/** The rule's options are replaced, not merged, where globs overlap: each folder states its whole wall. */
const wall = (...patterns) => ({ '@typescript-eslint/no-restricted-imports': ['error', { patterns }] });
const ban = (regex, message, more = {}) => ({ regex, message, ...more });

const noPg = ban('^pg(/|$)', 'only activities/postgres talks to PostgreSQL');
const noSsh2 = ban(
  '^ssh2(/|$)',
  'only activities/ssh talks ssh: its wrapper verifies host keys and never takes a lost connection for a failure',
);
const temporalOnly = (who, ...names) =>
  ban(
    `^@temporalio/(?!${anyOf(...names)}(/|$))`,
    `of Temporal's packages ${who} may import ${names.join(', ')} only`,
  );
const noTemporal = (who) => ban('^@temporalio/', `${who} knows nothing of Temporal's packages`);
const noFolders = (message, ...folders) => ban(into(anyOf(...folders)), message);

const walls = [
  {
    files: ['workflows/contract/**/*.ts'],
    rules: wall(
      ban('^\\.\\./', 'the contract is a leaf: it imports nothing of ours'),
      ban(
        `^${NOT_RELATIVE}(?!@temporalio/(common|workflow)$)`,
        "the contract is pure: Temporal's common and workflow (define… only) at most",
      ),
      ban('^@temporalio/workflow$', 'the contract may take define… from @temporalio/workflow, nothing else', {
        importNamePattern: '^(?!define)',
      }),
    ),
  },
  {
    files: ['planning/**/*.ts'],
    rules: wall(
      noFolders(
        'planning imports the contract only',
        WORKFLOW_CODE,
        'activities',
        'client',
        'worker',
        'server',
        'lab',
        'bin',
      ),
      ban(
        `^${NOT_RELATIVE}`,
        'planning is pure: no packages, no node:* (workers, clients and tests call it alike)',
      ),
    ),
  },
  {
    files: ['workflows/**/*.ts'],
    ignores: ['workflows/contract/**'],
    rules: wall(
      noFolders(
        'workflows know activities by `interface Activities` of the contract only, and nothing else of ours',
        'activities',
        'planning',
        'client',
        'worker',
        'server',
        'lab',
        'bin',
      ),
      ban(
        `^${NOT_RELATIVE}(?!@temporalio/(common|workflow)(/|$))`,
        "workflows are replayed: nothing but Temporal's workflow and common, no node:*",
      ),
    ),
  },
  ...activityWalls(),
  {
    files: ['client/**/*.ts'],
    rules: wall(
      noFolders(
        'the client never touches a host and starts runs by name: contract and planning only',
        WORKFLOW_CODE,
        'activities',
        'worker',
        'lab',
        'bin',
      ),
      ban(
        '^(\\.\\./)+server/(?!server-json\\.js$)',
        'of server/ the client may know server-json (its shape and path) only',
      ),
      temporalOnly('the client', 'client', 'common', 'envconfig'),
      noPg,
      noSsh2,
    ),
  },
  {
    files: ['worker/**/*.ts'],
    rules: wall(
      noFolders(
        'the worker assembles activities and server; it gets the workflows as a bundle',
        WORKFLOW_CODE,
        'planning',
        'client',
        'lab',
        'bin',
      ),
      temporalOnly('the worker', 'worker', 'common', 'envconfig'),
      noPg,
      noSsh2,
    ),
  },
  {
    files: ['server/**/*.ts', 'server/**/*.mjs'],
    rules: wall(
      noFolders(
        'server/ imports the contract only',
        WORKFLOW_CODE,
        'planning',
        'activities',
        'client',
        'worker',
        'lab',
        'bin',
      ),
      ban(
        `^${NOT_RELATIVE}(?!node:)`,
        'server/ imports node:* only: the set-up uses it before there are packages',
      ),
    ),
  },
  {
    files: ['lab/**/*.ts'],
    rules: wall(
      noFolders(
        'the lab imports contract and planning; the demo runs the command line as a child',
        WORKFLOW_CODE,
        'activities',
        'client',
        'worker',
        'server',
        'bin',
      ),
      noTemporal('the lab'),
      noPg,
      noSsh2,
    ),
  },
  {
    files: ['bin/**/*.ts'],
    rules: wall(
      noFolders(
        'the executable only dispatches: `await import(…)` in the command, so that `--help` loads nothing',
        WORKFLOW_CODE,
        'activities',
        'worker',
        'server',
        'lab',
      ),
      noTemporal('the executable'),
      noPg,
      noSsh2,
    ),
  },
];

/** Three globs that do not overlap: pg and ssh2 each have one home. */
function activityWalls() {
  const common = [
    noFolders(
      'activities import contract and planning only',
      WORKFLOW_CODE,
      'client',
      'worker',
      'server',
      'lab',
      'bin',
    ),
    temporalOnly('activities', 'activity', 'common'),
  ];
  return [
    {
      files: ['activities/**/*.ts'],
      ignores: ['activities/ssh/**', 'activities/postgres/**'],
      rules: wall(...common, noPg, noSsh2),
    },
    { files: ['activities/ssh/**/*.ts'], rules: wall(...common, noPg) },
    { files: ['activities/postgres/**/*.ts'], rules: wall(...common, noSsh2) },
  ];
}

const NO_DEFAULT_EXPORT = {
  selector: 'ExportDefaultDeclaration',
  message: 'Named exports only: the name is the same everywhere.',
};
const NO_DYNAMIC_IMPORT = {
  selector: 'ImportExpression',
  message: 'A dynamic import would get round the walls.',
};

/** What a workflow would answer differently at its replay, or another machine differently from this one. */
const DETERMINISM = [
  {
    selector:
      ':matches(Property[key.name="validator"], Property[key.value="validator"]) > :function[async=true]',
    message: 'Temporal does not await a validator: an async one rejects nothing and wedges the run.',
  },
  {
    selector: ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration[kind="let"]',
    message: 'Module state is shared by all runs of the worker and is not replayed.',
  },
  {
    selector: 'MemberExpression[property.name=/^(toLocale\\w*|localeCompare)$/]',
    message: "The worker's locale is not the same everywhere: a replay elsewhere would differ.",
  },
];

export default defineConfig(
  { ignores: ['dist/**', 'coverage/**', '.lab/**', 'docs/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['vitest.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // defineUpdate<void, …> and promises of nothing.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // ssh2's host key check takes a promise for a yes: this rule is what notices.
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT],
    },
  },
  {
    files: ['workflows/**/*.ts', 'planning/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT, NO_DYNAMIC_IMPORT, ...DETERMINISM],
      'no-restricted-globals': ['error', 'WeakRef', 'FinalizationRegistry', 'Intl'],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // Fakes implement async interfaces; expect(object.method) is no call.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['vitest.config.ts', '*.js'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.mjs', '**/*.js'],
    plugins: { '@typescript-eslint': tseslint.plugin },
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'Buffer',
          'URL',
          'fetch',
          'AbortSignal',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  ...walls,
);
