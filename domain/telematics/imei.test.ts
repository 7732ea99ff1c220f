import { expect, it } from 'vitest';
import { hasCheckDigit, isImei } from './imei.ts';

it.each([
  ['359587010124900', true],
  ['490154203237518', true],
  // One digit wrong, two changed places, one from the sticker beside.
  ['359587010124901', false],
  ['359587010129400', false],
  ['490154203237508', false],
])('%s has its check digit: %s', (imei, has) => expect([isImei(imei), hasCheckDigit(imei)]).toEqual([true, has]));
