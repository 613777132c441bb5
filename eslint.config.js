import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The rooms that are functions of their inputs alone; tests/architecture.test.ts has the other rules. */
const pureRooms = [
  'src/cluster/**/*.ts',
  'src/allocators/**/*.ts',
  'src/workloads/frameworks/**/*.ts',
  'src/workloads/trace.ts',
];
const impure = 'This room is pure: take the time, a random draw or a timer from the environment of the step.';
const impureGlobals = [
  'Date',
  'performance',
  'process',
  'globalThis',
  'console',
  'crypto',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
];

export default defineConfig(
  { ignores: ['dist/', 'out/', 'coverage/', '**/fixtures/', '**/goldens/'] },
  { linterOptions: { noInlineConfig: true } },
  {
    files: ['**/*.{js,mjs,ts}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-cond-assign': 'error',
      'no-empty': 'error',
      'no-fallthrough': 'error',
      'no-promise-executor-return': 'error',
      'no-self-assign': 'error',
      'no-unsafe-finally': 'error',
      'no-useless-escape': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'use-isnan': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, allowDefaultCaseForExhaustiveSwitch: true },
      ],
      // Columns, heaps and maps are read by an index that is known to be there; it is typed as present.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // A handler is async because its caller awaits it, whether or not this one has something to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-deprecated': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: pureRooms,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(?!\\.|(d3-array|re2js)$)',
              message: 'This room is pure: no module but d3-array and re2js.',
            },
          ],
        },
      ],
      'no-restricted-globals': ['error', ...impureGlobals.map((name) => ({ name, message: impure }))],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: impure },
        { property: 'localeCompare', message: 'Its order depends on the host: compare with < and >.' },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ImportExpression', message: 'Nothing is loaded late here.' },
      ],
    },
  },
  {
    // Parsed output is looked at freely in a test: a wrong shape fails the assertion.
    files: ['tests/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  { files: ['**/*.{js,mjs}'], extends: [tseslint.configs.disableTypeChecked] },
);
