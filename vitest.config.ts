import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{activities,api,db,dev,domain,platform,providers,test,workers,workflows}/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // A process loads the SDKs once, for all files that it runs: none of them leaves anything behind.
    isolate: false,
    // Most tests wait for a workflow rather than work: so many keep two cores busy.
    maxWorkers: 5,
    maxConcurrency: 20,
  },
});
