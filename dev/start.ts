import { untilStopped } from './signals.ts';

// Before anything else is loaded: a Ctrl-C may come at once.
const stopped = untilStopped();
const { run } = await import('./run.ts');
process.exit(await run(stopped));
