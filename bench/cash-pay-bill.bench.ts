import { closeWorld, measurePayBills } from './cash-world.ts';

export const name = 'pay-bill, from its callback to the books';

export const run = () => measurePayBills(8);

export const close = closeWorld;
