import { defineConfig } from 'vitest/config';

/** Tests of the shared scenarios and traces, which stand beside the repository and not in it. */
const needsShared = 'tests/shared/**/*.test.ts';

export default defineConfig({
  test: {
    // Threads start faster than processes, and two of them suit a two-core machine.
    pool: 'threads',
    maxWorkers: 2,
    // A hang is ended, a slow machine is not: no test asserts a time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: ['tests/services/global-setup.ts'],
    setupFiles: ['tests/setup.ts'],
    projects: [
      { extends: true, test: { name: 'unit', include: ['tests/**/*.test.ts'], exclude: [needsShared] } },
      { extends: true, test: { name: 'shared', include: [needsShared] } },
    ],
  },
});
