import { expect, it } from 'vitest';
import { redacted } from './redact.ts';

it.each([
  [
    '{"lat": 0.3, "phone": "+256772123456", "on": true, "+256772123456": [1, null]}',
    { lat: 'number', phone: 'text, 13 characters', on: true, '…': ['number', null] },
  ],
  ['256772123456 paid', 'no JSON, 17 characters'],
  ['"256772123456"', 'text, 12 characters'],
  ['[[[[[[[["deep"]]]]]]]]', [[[[[['…']]]]]]],
])('%s', (text, shape) => {
  expect(redacted(text)).toEqual(shape);
});
