import { expect, it } from 'vitest';
import { isMobile, marketOfPhone, toE164 } from './phone.ts';

it.each([
  ['as it is', '+256772458119', '+256772458119'],
  ['with the zero of calls inside the country', '+2560772458119', '+256772458119'],
  ['the same in Kenya', '+2540712345678', '+254712345678'],
  ['the same in Rwanda', '+2500788123456', '+250788123456'],
  ["Uganda's 079", '+256790123456', '+256790123456'],
  ["a block of Uganda's 079 that tables of carriers do not have", '+256796123456', '+256796123456'],
  ["Uganda's 076", '+256760123456', '+256760123456'],
  ["Uganda's 031, wireless at home", '+256312345678', '+256312345678'],
  ["Uganda's 039", '+256392123456', '+256392123456'],
  ["Kenya's 0110", '+254110345678', '+254110345678'],
  ["Kenya's 0100", '+254100345678', '+254100345678'],
  ["Rwanda's 079", '+250791123456', '+250791123456'],
  ['of another country', '+4915112345678', '+4915112345678'],
  ['of no range of Uganda', '+256999999999', null],
  ['of no range of Kenya', '+254999999999', null],
  ['of no range of Rwanda', '+250999999999', null],
  ['too short', '+25677245811', null],
  ['too long', '+2567724581190', null],
  ['with the country twice', '+256256772458119', null],
  ['free of charge', '+256800100100', null],
  ['premium', '+254900123456', null],
  ['without the country', '0772458119', null],
  ['with an extension', '+256772458119 ext. 5', null],
  ['nothing', '', null],
])('a number %s', (_, text, expected) => {
  expect(toE164(text)).toBe(expected);
  // What is canonical stays so.
  if (expected !== null) expect(toE164(expected)).toBe(expected);
});

it.each([
  ['+256772458119', 'UG'],
  ['+2547*****119', 'KE'],
  ['+250788123456', 'RW'],
  ['+4915112345678', null],
  ['erased', null],
] as const)('%s is of %s', (phone, market) => expect(marketOfPhone(phone)).toBe(market));

it.each([
  ["Uganda's 077", '+256772458119', true],
  ["Uganda's 079, also in a block that tables of carriers do not have", '+256796123456', true],
  ["Uganda's 039, MTN's SIMs beside its 07", '+256392123456', true],
  ['Kampala', '+256414123456', false],
  ["Uganda's 031, wireless at home", '+256312123456', false],
  ["Uganda's 020", '+256200123456', false],
  ["Kenya's 0712", '+254712345678', true],
  ["Kenya's 0100", '+254100345678', true],
  ["Kenya's 0110", '+254110345678', true],
  ["Kenya's 0119", '+254119345678', true],
  ['Nairobi', '+254202123456', false],
  ['Mombasa', '+254412123456', false],
  ["Rwanda's 079", '+250791123456', true],
  ['Kigali', '+250252123456', false],
  ['one of another country, of which we do not know it', '+493012345678', true],
] as const)('%s is mobile: %s, %s', (_, phone, expected) => {
  expect(toE164(phone)).toBe(phone);
  expect(isMobile(phone)).toBe(expected);
});
