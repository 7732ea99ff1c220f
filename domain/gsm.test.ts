import { expect, it } from 'vitest';
import { inGsm, isOfGsm } from './gsm.ts';
import { segmentsOf } from './notifications/segments.ts';
import { written } from './notifications/written.ts';
import { shownOf } from './ussd/show.ts';
import { goTo } from './ussd/state.ts';

it.each([
  ['Citroën Berlingo Électrique', 'Citroen Berlingo Électrique'],
  ['Ngabo Noël', 'Ngabo Noel'],
  ['François Mutesi', 'Francois Mutesi'],
  ['“do not move” – it’s… here', '"do not move" - it\'s... here'],
  ['amaŋŋaali', 'amangngaali'],
  ['10 € [a] Ñandú', '10 € [a] Ñandu'],
])('writes %s as %s', (typed, expected) => {
  expect(inGsm(typed)).toBe(expected);
  expect(Array.from(inGsm(typed)).every(isOfGsm)).toBe(true);
});

it('leaves alone what has no such letter, and is the same twice', () => {
  for (const text of ['We are coming 🚑', 'Здравствуйте', '你好']) expect(inGsm(inGsm(text))).toBe(text);
});

it('what people typed makes no text dearer, and no screen of other signs', () => {
  const notice = { template: 'transfer_asked', vehicle: 'Citroën Berlingo Électrique', days: 7 } as const;
  for (const language of ['en', 'sw', 'lg', 'rw']) {
    const { body } = written(notice, language, 'sms');
    expect(segmentsOf(body), body).toMatchObject({ encoding: 'gsm7' });
    expect(segmentsOf(body).count).toBeLessThanOrEqual(2);
    expect(written(notice, language, 'in_app').body).toContain('Citroën');
  }
  const shown = shownOf(goTo('menu', { name: 'Ngabo Noël', lease: null, items: ['language'] }), 'rw').text;
  expect(shown).toContain('Ngabo Noel');
});
