import fc from 'fast-check';
import { afterAll } from 'vitest';
import { cpuSeconds } from './cpu.ts';

/** Every property of a run draws from the run's seed, which `npm test` prints and takes from TEST_SEED. */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['TEST_SEED']) });

const before = cpuSeconds();
// Of all that a file does at its end, this comes last. Vitest reads names of fixtures from the pattern: none is wanted.
// oxlint-disable-next-line no-empty-pattern
afterAll(({}, file) => {
  file.meta.cpuSeconds = cpuSeconds() - before;
});
