import fc from 'fast-check';

/** Every property of a run draws from the run's seed, which `npm test` prints and takes from TEST_SEED. */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['TEST_SEED']) });
