import { defineConfig } from 'vitest/config';

/** The tests that read sources alone, for `npm run check`: without a database or Temporal. */
export default defineConfig({
  test: {
    include: [
      'test/audited.test.ts',
      'test/arrows.test.ts',
      'test/words.test.ts',
      'test/drawn.test.ts',
      'test/outer.test.ts',
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
