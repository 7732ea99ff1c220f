import { expect, it } from 'vitest';
import { suggestProvider } from './prefixes.ts';

it.each([
  ['+256772123456', 'mtn'],
  ['+256392123456', 'mtn'],
  ['+256701123456', 'airtel'],
  ['+256741123456', 'airtel'],
  ['+250788123456', 'mtn'],
  ['+250721123456', 'airtel'],
  ['+254712345678', 'mpesa'],
  ['+254110345678', 'mpesa'],
  ['+256711123456', null],
  ['+4915112345678', null],
  ['', null],
] as const)('%s is %s', (phone, provider) => {
  expect(suggestProvider(phone)).toBe(provider);
});
