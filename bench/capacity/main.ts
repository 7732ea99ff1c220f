import { parseArgs } from 'node:util';
import { z } from 'zod';
import { measureMorning } from './measure-morning.ts';
import { measureYear } from './measure-year.ts';

/*
 * How much a platform of real processes takes: `npm run capacity -- --leases 10000` fills it, has the leases come due at
 * the same 8 o'clock, and prints what each part took of memory, CPU and disk; `--year` lets a year pass for them instead.
 * docs/capacity.md has what comes of it.
 */
const count = z.coerce.number().int();
const { values } = parseArgs({
  options: {
    /** Leases that run. */
    leases: { type: 'string', default: '1000' },
    /** Those of them that come due this morning; all when absent. */
    due: { type: 'string' },
    /** Prompts a second that the provider takes; 0 for no limit. */
    'per-second': { type: 'string', default: '20' },
    /** Workflows of the same shape that do nothing, beside it; 0 for none. */
    peer: { type: 'string', default: '300' },
    /** A year by time travel in the place of a morning. */
    year: { type: 'boolean', default: false },
    /** Where the platform keeps its data meanwhile. */
    data: { type: 'string' },
  },
});
const leases = count.min(1).max(1_000_000).parse(values.leases);
const options = {
  leases,
  due: values.due === undefined ? leases : count.min(1).max(leases).parse(values.due),
  perSecond: count.min(0).parse(values['per-second']),
  peer: count.min(0).parse(values.peer),
  data: values.data,
};

process.exitCode = (await (values.year ? measureYear(options) : measureMorning(options))) ? 0 : 1;
