import { expect, it } from 'vitest';
import { categoryNamedIn } from './named-in.ts';

it.each([
  ['There was an ACCIDENT, I am hurt. Please help me', 'accident'],
  ['Nfunye akabenje e Kampala', 'accident'],
  ['Nimepata ajali.', 'accident'],
  ['Nakoze impanuka', 'accident'],
  ['accident\nGrace', 'accident'],
  ['My bike was stolen', 'theft'],
  ['Pikipiki yange bagibbye', 'theft'],
  ['Pikipiki imeibiwa jana usiku', 'theft'],
  ['Moto yanjye yibwe!', 'theft'],
  ['ＳＴＯＬＥＮ', 'theft'],
  ['The thieves crashed it: an accident', 'accident'],
  ['I paid twice by accident', 'other'],
  ['I accidentally paid twice', 'other'],
  ['My bike does not start', 'other'],
  ['', 'other'],
] as const)('takes %j for a matter of %s', (text, category) => {
  expect(categoryNamedIn(text)).toBe(category);
});
