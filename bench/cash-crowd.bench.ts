import { closeWorld, measureCash } from './cash-world.ts';

export const name = 'cash, 32 clients';

export const run = () => measureCash(32);

export const close = closeWorld;
