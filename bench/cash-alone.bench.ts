import { closeWorld, measureCash } from './cash-world.ts';

export const name = 'cash, one client';

export const run = () => measureCash(1);

export const close = closeWorld;
