import { expect, it } from 'vitest';
import { heardIn } from '../support/inbound.ts';
import { stepsOf, type Heard } from './steps.ts';
import { amountTyped, clipped, daysTyped, nameTyped, pinChosen } from './typed.ts';

it.each([
  ['20000', 'UGX', 20_000],
  ['20,000', 'UGX', 20_000],
  ['20 000/=', 'UGX', 20_000],
  ['ugx 20000', 'UGX', 20_000],
  ['200.50', 'KES', 20_050],
  ['200.5', 'KES', 20_050],
  ['200', 'KES', 20_000],
  ['200.00', 'UGX', 200],
  ['200.50', 'UGX', null],
  ['0', 'UGX', null],
  ['-5', 'UGX', null],
  ['20k', 'UGX', null],
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
const after = (text: string): Heard => ({ length: text.length, isSame: (other) => other === text });

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

it.each([
  ['BAL', 'balance', ''],
  ['bal.', 'balance', ''],
  ['Pay 20,000', 'pay', '20,000'],
  ['PAY', 'pay', ''],
  ['stop', 'stop', ''],
  ['Stop calling me', 'message', 'Stop calling me'],
  ['START', 'start', ''],
  ['help!', 'help', ''],
  ['', 'help', ''],
  [' 4071', 'help', ''],
  ['Where is my bike?', 'message', 'Where is my bike?'],
] as const)('takes the text %j for %s', (text, as, rest) => {
  expect(heardIn(text)).toEqual({ as, rest });
});
