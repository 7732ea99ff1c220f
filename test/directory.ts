import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';

/** A directory of a test's own, where the run keeps its data; whoever makes it removes it. */
export const ownDirectory = (name: string) => mkdtemp(join(inject('directory'), `rent-to-own-${name}-`));
