// What the linter looks for in the web client and in the tests of its modules. Types are the type checker's business.

import js from '@eslint/js';
import globals from 'globals';

const RULES = {
  ...js.configs.recommended.rules,
  'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
  'no-undef': 'error',
  'array-callback-return': 'error',
  curly: ['error', 'multi-line'],
  'default-case-last': 'error',
  eqeqeq: ['error', 'always'],
  'no-console': 'error',
  'no-constructor-return': 'error',
  'no-duplicate-imports': 'error',
  'no-else-return': 'error',
  'no-eval': 'error',
  'no-implicit-coercion': 'error',
  'no-implied-eval': 'error',
  'no-lonely-if': 'error',
  'no-new-func': 'error',
  'no-promise-executor-return': 'off',
  'no-script-url': 'error',
  'no-self-compare': 'error',
  'no-shadow': 'error',
  'no-template-curly-in-string': 'error',
  'no-throw-literal': 'error',
  'no-unneeded-ternary': 'error',
  'no-unreachable-loop': 'error',
  'no-use-before-define': ['error', { functions: false, classes: true, variables: false }],
  'no-useless-concat': 'error',
  'no-useless-return': 'error',
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-arrow-callback': 'error',
  'prefer-const': 'error',
  'prefer-template': 'error',
  'require-atomic-updates': 'off',
  'max-depth': ['error', 4],
  'max-lines': ['error', 400],
  'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
  'no-restricted-properties': [
    'error',
    { object: 'Object', property: 'assign', message: 'It hides fields from the type checker: assign each one.' },
    { object: 'Date', property: 'now', message: "A phone's clock may be wrong by a day: ask the ServerClock." },
    ...['innerHTML', 'outerHTML', 'insertAdjacentHTML'].map((property) => ({ property, message: 'Text is made as nodes, see dom.js.' })),
  ],
};

export default [
  { ignores: ['resources/web/vendor/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { files: ['resources/web/**/*.js'], languageOptions: { globals: globals.browser }, rules: RULES },
  // One file without imports: so it is served, and published.
  { files: ['resources/web/client.js'], rules: { 'max-lines': 'off' } },
  {
    files: ['tests/browser/**/*.mjs'],
    languageOptions: { globals: globals.node },
    rules: { ...RULES, 'max-lines': 'off', 'max-lines-per-function': 'off', 'no-script-url': 'off' },
  },
];
