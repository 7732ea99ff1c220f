import { expect, it } from 'vitest';
import { suggestProvider } from './prefixes.ts';

it.each([
  ['+256772123456', 'mtn'],
  ['+256392123456', 'mtn'],
  ['+256761123456', 'mtn'],
  ['+256790123456', 'mtn'],
  ['+256701123456', 'airtel'],
  ['+256741123456', 'airtel'],
  ['+256731123456', 'airtel'],
  ['+256724123456', 'mtn'],
  ['+256724012345', null],
  ['+256799123456', null],
  ['+256711123456', null],
  ['+256726123456', null],
  ['+250788123456', 'mtn'],
  ['+250721123456', 'airtel'],
  ['+250771123456', null],
  ['+254712345678', 'mpesa'],
  ['+254110345678', 'mpesa'],
  ['+254745345678', 'mpesa'],
  ['+254757345678', 'mpesa'],
  ['+254768345678', 'mpesa'],
  // Airtel's
  ['+254733345678', null],
  ['+254751345678', null],
  ['+254762345678', null],
  ['+254780345678', null],
  ['+254101345678', null],
  // Telkom's, and others'
  ['+254770345678', null],
  ['+254747345678', null],
  ['+254121345678', null],
  ['+4915112345678', null],
  ['', null],
] as const)('%s is %s', (phone, provider) => {
  expect(suggestProvider(phone)).toBe(provider);
});
