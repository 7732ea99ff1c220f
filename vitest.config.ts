import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{activities,api,db,dev,domain,platform,providers,test,workers,workflows}/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    pool: 'forks',
    // Real processes that are killed on a busy machine: one more try tells a broken thing from a slow one.
    retry: 1,
    // Most tests wait for a workflow rather than work.
    maxConcurrency: 16,
  },
});
