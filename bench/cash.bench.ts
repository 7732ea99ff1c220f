import { closeWorld, measureCash } from './cash-world.ts';

export const name = 'cash, from the request to the books';

export const run = () => measureCash(8);

export const close = closeWorld;
