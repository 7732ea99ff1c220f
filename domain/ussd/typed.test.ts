import { expect, it } from 'vitest';
import { leaseReference } from '../leases/reference.ts';
import { shortAnswer } from '../support/inbound.ts';
import { payOrderIn } from '../support/pay-order.ts';
import { stepsOf, type HeardSession } from './steps.ts';
import { amountTyped, clipped, daysTyped, nameTyped, pinChosen } from './typed.ts';

it.each([
  ['20000', 'UGX', 20_000],
  ['20,000', 'UGX', 20_000],
  ['20 000/=', 'UGX', 20_000],
  ['ugx 20000', 'UGX', 20_000],
  ['20,000,000/=', 'UGX', 20_000_000],
  ['5000.', 'UGX', 5_000],
  ['5000/= only', 'UGX', 5_000],
  ['SHS 5000', 'UGX', 5_000],
  ['UGX5,000', 'UGX', 5_000],
  ['5k', 'UGX', 5_000],
  ['20K', 'KES', 2_000_000],
  ['KSH 500', 'KES', 50_000],
  ['ksh.500', 'KES', 50_000],
  ['500 bob', 'KES', 50_000],
  ['500kes', 'KES', 50_000],
  ['5 000 Frw', 'RWF', 5_000],
  ['1,000.00', 'KES', 100_000],
  // A comma that is no thousands' is cents to who writes French or German; nobody pays cents of a shilling either.
  ['5000,00', 'RWF', null],
  ['5 000,00', 'RWF', null],
  ['10,50', 'KES', null],
  ['20,0', 'KES', null],
  ['1,50', 'KES', null],
  ['40,23', 'UGX', null],
  ['1,0000', 'UGX', null],
  ['1000,000', 'UGX', null],
  ['1,000 000', 'UGX', null],
  ['0,500', 'UGX', null],
  ['5.000', 'UGX', null],
  ['2.5k', 'UGX', null],
  ['5 500 0', 'UGX', null],
  ['200.50', 'KES', null],
  ['200.5', 'KES', null],
  ['200.00', 'KES', 20_000],
  ['200', 'KES', 20_000],
  ['200.00', 'UGX', 200],
  ['200.50', 'UGX', null],
  ['0', 'UGX', null],
  ['-5', 'UGX', null],
  ['', 'UGX', null],
  ['9999999999999', 'UGX', null],
  ['20000 KES', 'UGX', null],
] as const)('takes %j in %s for %s', (text, currency, amount) => {
  expect(amountTyped(text, currency)?.amount ?? null).toBe(amount);
});

it('takes names, days and PINs for what they are, and nothing else', () => {
  expect(nameTyped('  Grace   Nakato ')).toBe('Grace Nakato');
  expect(['x', '12345', 'a'.repeat(61), ''].map(nameTyped)).toEqual([null, null, null, null]);
  expect(['1', '14', '15', '0', '1.5', ''].map((text) => daysTyped(text, 14))).toEqual([1, 14, null, null, null, null]);
  const easy = ['0000', '1234', '4321', '8901', '1987', '123', '12345', 'abcd'];
  expect(easy.map(pinChosen)).toEqual(easy.map(() => null));
  expect(pinChosen(' 4071 ')).toBe('4071');
  expect([clipped('Bajaj Boxer', 11), clipped('Bajaj Boxer BM', 11)]).toEqual(['Bajaj Boxer', 'Bajaj Boxe.']);
});

/** A session that has answered to a text. */
const after = (text: string): HeardSession => ({ length: text.length, isSame: (other) => other === text });

it.each([
  ['what it was dialled with', '', null, []],
  ['each part of what it was dialled with', '2*20000', null, ['2', '20000']],
  ['the first input', '1', '', ['1']],
  ['an input with a star in it, behind nothing', '1*2', '', ['1*2']],
  ['the next input', '1*Grace', '1', ['Grace']],
  ['an input with a star in it', '1*My * papers', '1', ['My * papers']],
  ['an input of nothing', '1*', '1', ['']],
  ['nothing of what was answered', '1*2', '1*2', null],
  ['nothing of what was answered before that', '1', '1*2', null],
  ['nothing of another session', '2*2*3', '1*2', null],
  ['nothing that goes on without a star', '12', '1', null],
] as const)('hears %s', (_, text, heard, inputs) => {
  const steps = stepsOf(text, heard === null ? null : after(heard));
  expect(steps?.map(({ input }) => input) ?? null).toEqual(inputs);
  if (steps !== null && steps.length > 0) expect(steps.at(-1)?.place).toBe(text.length);
});

const [mine, other] = [leaseReference(new Uint8Array(8)), leaseReference(new Uint8Array(8).fill(7))];
it.each([
  ['', '', null],
  ['5000', '5000', null],
  ['20,000 UGX only', '20,000 UGX only', null],
  [`5000 ${mine}`, '5000', mine],
  [`${mine.toLowerCase()} 5000`, '5000', mine],
  [`5000 for ${mine.slice(0, 5)}-${mine.slice(5)}.`, '5000', mine],
  [`5000\n${mine}\nGrace`, '5000', mine],
  ['5000 please', '5000', null],
  ['2000!', '2000', null],
  ['2000 ?\nGrace', '2000', null],
  ['5000/= only.', '5000/= only', null],
] as const)('takes %j behind PAY for %j of %j', (rest, amount, reference) => {
  expect(payOrderIn(rest)).toEqual({ amount, reference });
});

it.each(['day is on Friday', '5000 was taken', 'me back', `5000 ${mine} ${other}`])(
  'leaves %j behind PAY to people',
  (rest) => {
    expect(payOrderIn(rest)).toBeNull();
  },
);

it.each([
  ['digit', { asked: 'rating', isInHand: false, isSaidBefore: false }, 'rate'],
  ['digit', { asked: 'rating', isInHand: true, isSaidBefore: false }, 'rate'],
  ['digit', { asked: 'answer', isInHand: true, isSaidBefore: true }, 'answer'],
  ['digit', { asked: null, isInHand: true, isSaidBefore: true }, 'rate'],
  ['digit', { asked: null, isInHand: true, isSaidBefore: false }, 'write'],
  ['digit', { asked: null, isInHand: false, isSaidBefore: false }, 'help'],
  ['thanks', { asked: 'answer', isInHand: true, isSaidBefore: false }, 'write'],
  ['thanks', { asked: null, isInHand: true, isSaidBefore: false }, 'write'],
  ['thanks', { asked: 'rating', isInHand: false, isSaidBefore: false }, 'nothing'],
] as const)('takes a %s, with %j, for %s', (as, tickets, does) => {
  expect(shortAnswer(as, tickets)).toBe(does);
});
