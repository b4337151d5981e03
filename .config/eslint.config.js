import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/fixtures/**', '**/*.json', '**/*.as.ts'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: `${import.meta.dirname}/..` } },
    rules: {
      // `noUncheckedIndexedAccess` makes every index access maybe-undefined; where the index is known to be good, `!`
      // says so.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Prettier wraps code, and leaves comments as they are. Rows of tables and examples cannot be wrapped.
      'max-len': [
        'error',
        { code: 10_000, comments: 120, ignoreUrls: true, ignorePattern: String.raw`^\s*\* (\|| {3})` },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // A stage or pipeline without inputs has the slots `{}`, and says so.
      '@typescript-eslint/no-generated-empty-object-type': 'off',
    },
  },
  {
    // Of the many kinds of syntax nodes, a visitor names those that matter; its default is meant for all others.
    files: ['src/identity/code/**/*.ts'],
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
);
