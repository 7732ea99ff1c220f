import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, localDate } from '../calendar.ts';
import { judge, lapsesOn, rejectionText, renewableFrom } from './decision.ts';
import { documentNumberProblem, isCountry, normaliseDocumentNumber } from './document-number.ts';
import { mediaTypeOf } from '../media-type.ts';
import { documentTypes, missingDocuments, missingText } from './submission.ts';

describe('document numbers', () => {
  test.each([
    ['1234567', true],
    ['1 1990 8 0012345 1 23', true],
    ['cf90012345100x', true],
    ['12345ABC', true],
    ['GHA-123456789-0', true],
    ['DL/2020/12345', true],
    ['A1', false],
    ['', false],
    ['drop table;', false],
    ['1'.repeat(31), false],
  ])('%s', (number, fits) => {
    expect(documentNumberProblem(normaliseDocumentNumber(number)) === null).toBe(fits);
  });

  test.each([
    ['UG', true],
    ['SS', true],
    ['CD', true],
    ['ZZ', false],
    ['UK', false],
  ])('%s issues documents: %s', (code, does) => {
    expect(isCountry(code)).toBe(does);
  });

  test('spaces, hyphens and case make no other number', () => {
    expect(normaliseDocumentNumber(' cm9001-2345 abcd')).toBe('CM90012345ABCD');
  });
});

test.each([
  [[0xff, 0xd8, 0xff, 0xe0], 'image/jpeg'],
  [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1], 'image/png'],
  [[...Buffer.from('%PDF-1.7')], 'application/pdf'],
  [[...Buffer.from('<svg/>')], null],
  [[...Buffer.from('GIF89a')], null],
  [[0xff, 0xd8], null],
  [[], null],
])('a file that begins with %j is %s', (bytes, type) => {
  expect(mediaTypeOf(Uint8Array.from(bytes))).toBe(type);
});

describe('documents that are needed', () => {
  test('by the document and by the vehicle', () => {
    expect(missingDocuments('nationalId', ['idFront'])).toEqual(['idBack', 'selfie']);
    expect(missingDocuments('passport', ['idFront', 'selfie'])).toEqual([]);
    expect(missingDocuments('nationalId', ['idFront', 'idBack', 'selfie'], 'motorcycle')).toEqual([]);
    expect(missingDocuments('nationalId', ['idFront', 'idBack', 'selfie'], 'truck')).toEqual([
      'drivingLicence',
      'proofOfAddress',
    ]);
  });

  test('are named in words', () => {
    expect(missingText(['selfie'])).toMatch(/^missing: selfie .*a car needs drivingLicence/);
  });

  test('nothing is missing twice, and what is there is never missing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...documentTypes),
        fc.constantFrom('motorcycle', 'car', 'van', 'truck'),
        (type, vehicle) => {
          const missing = missingDocuments(type, [], vehicle);
          expect(new Set(missing).size).toBe(missing.length);
          expect(missingDocuments(type, missing, vehicle)).toEqual([]);
        },
      ),
    );
  });
});

describe('a decision', () => {
  test.each([
    ['clear', [], 'approved'],
    ['block', [], 'rejected'],
    ['attention', [], 'in_review'],
    ['error', [], 'in_review'],
    ['unanswered', [], 'in_review'],
    ['clear', ['document_of_another_customer'], 'in_review'],
    ['block', ['document_of_another_customer'], 'rejected'],
  ] as const)('on %s with %j is %s', (state, suspicions, to) => {
    expect(judge({ state, reason: null }, suspicions).to).toBe(to);
  });

  test('is told in our words, not in the provider’s', () => {
    expect(rejectionText('identifier_not_found')).toContain('registry');
    expect(rejectionText('something_internal')).not.toContain('something_internal');
  });
});

test('an approval lapses the day after the document’s last, after two years at the latest', () => {
  const today = localDate('2026-03-01');
  expect(lapsesOn(today, null)).toBe('2028-02-29');
  expect(lapsesOn(today, '2026-12-31')).toBe('2027-01-01');
  expect(lapsesOn(today, '2036-12-31')).toBe('2028-02-29');
  expect(renewableFrom(localDate('2027-01-01'))).toBe(addDays(localDate('2027-01-01'), -60));
});
