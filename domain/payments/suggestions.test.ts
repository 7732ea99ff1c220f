import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReference, leaseReference } from '../leases/reference.ts';
import { normalReference, oneSlipAway, phoneTyped, rank, referencesIn, type Candidate } from './suggestions.ts';

const reference = fc.uint8Array({ minLength: 8, maxLength: 8 }).map(leaseReference);
const letter = fc.constantFrom(...'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789'.split(''));

describe('what a customer typed', () => {
  it.each([
    [' ab-12 cd/34e ', 'AB12CD34E'],
    ['Plot 7, “AB”', 'PLOT7AB'],
    ['…', ''],
  ])('%s is read as %s', (typed, read) => expect(normalReference(typed)).toBe(read));

  it('leads back over one wrong, missing, extra or swapped character', () => {
    fc.assert(
      fc.property(reference, fc.nat(8), letter, (right, i, other) => {
        const slips = [
          right.slice(0, i) + other + right.slice(i + 1),
          right.slice(0, i) + right.slice(i + 1),
          right.slice(0, i) + other + right.slice(i),
          right.slice(0, i) + right.slice(i + 1, i + 2) + right.charAt(i) + right.slice(i + 2),
        ];
        for (const slip of slips.filter((one) => one !== right)) expect(oneSlipAway(slip)).toContain(right);
      }),
    );
  });

  it('leads nowhere from two slips, and never to itself', () => {
    fc.assert(
      fc.property(reference, (right) => {
        expect(oneSlipAway(right)).not.toContain(right);
        expect(oneSlipAway(`00${right}`)).toEqual([]);
        expect(oneSlipAway(right.slice(2))).toEqual([]);
      }),
    );
  });
});

describe('a phone that was typed', () => {
  it.each([
    ['0771003100', '+256771003100'],
    ['+256771003100', '+256771003100'],
    ['256 771 003 100', '+256771003100'],
    ['00256-771-003100', '+256771003100'],
    ['771003100', '+256771003100'],
    ['LEASE 7', null],
    ['12345', null],
    ['', null],
  ])('%s is read as %s', (typed, phone) => expect(phoneTyped(typed, 'UG')).toBe(phone));
});

describe('a reference among other words', () => {
  const words = fc.constantFrom('', 'REF ', 'acc. no: ', 'JOHN', ' ya JOHN OKELLO', '2026', '…');

  it('is found before, between and after them, written small, apart or in full width', () => {
    fc.assert(
      fc.property(reference, words, words, fc.nat(9), (right, before, after, i) => {
        const wide = right.replaceAll(/./g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0));
        for (const written of [right, right.toLowerCase(), `${right.slice(0, i)}-${right.slice(i)}`, wide])
          expect(referencesIn(before + written + after)).toContain(right);
      }),
    );
  });

  it('is proved by its check character', () => {
    fc.assert(
      fc.property(reference, letter, fc.nat(7), (right, other, i) => {
        const wrong = right.slice(0, i) + other + right.slice(i + 1);
        expect(referencesIn(`REF ${wrong} JOHN`).includes(wrong)).toBe(isReference(wrong));
      }),
    );
    expect(referencesIn('REF UZCZRYJEM')).toContain('UZCZRYJEM');
    expect(referencesIn('REF UZCZRYJEN')).not.toContain('UZCZRYJEN');
    expect(referencesIn('UZCZRYJE')).toEqual([]);
    expect(referencesIn('')).toEqual([]);
  });
});

describe('ranking', () => {
  const candidate = (leaseId: string, reasons: Partial<Candidate>): Candidate => ({
    leaseId,
    named: null,
    within: null,
    byPlate: false,
    byReference: false,
    byTypedPhone: false,
    byPhone: false,
    byMethod: false,
    byAmount: false,
    ...reasons,
  });

  it('puts a near reference before a known phone, and a phone before an amount', () => {
    const ranked = rank([
      candidate('amount', { byAmount: true }),
      candidate('phone and amount', { byPhone: true, byAmount: true }),
      candidate('reference', { byReference: true, byPhone: true, byAmount: true }),
      candidate('named', { named: 'completed' }),
      candidate('nothing', {}),
      candidate('within', { within: 'active' }),
      candidate('method', { byMethod: true, byAmount: true }),
      candidate('plate', { byPlate: true }),
      candidate('typed phone', { byTypedPhone: true }),
    ]);
    expect(ranked.map(({ leaseId }) => leaseId)).toEqual(['named', 'within', 'plate', 'reference', 'typed phone']);
    const weaker = [
      { byMethod: true, byAmount: true },
      { byPhone: true, byMethod: true },
      { byPhone: true, byAmount: true },
    ];
    const others = rank([candidate('amount', { byAmount: true }), ...weaker.map((one, i) => candidate(`${i}`, one))]);
    expect(ranked[0]?.why).toBe('the reference is its own; the lease is completed');
    expect(ranked[1]?.why).toBe('its reference is within what was typed; the lease is active');
    expect(others.map(({ leaseId }) => leaseId)).toEqual(['2', '1', '0', 'amount']);
    expect(others[1]?.why).toBe("the phone is the customer's");
    expect(others[0]?.why).toBe("the phone is the customer's; the amount is what is due");
    expect(others[2]?.why).toBe('the phone is one of the customer’s payment methods; the amount is what is due');
  });

  it('is the same whatever the order, and at most five', () => {
    const reasons = fc.record({ byReference: fc.boolean(), byPhone: fc.boolean(), byAmount: fc.boolean() });
    const some = fc.uniqueArray(fc.record({ leaseId: fc.uuid(), reasons }), { selector: ({ leaseId }) => leaseId });
    fc.assert(
      fc.property(some, (all) => {
        const candidates = all.map((one) => candidate(one.leaseId, one.reasons));
        expect(rank(candidates.toReversed())).toEqual(rank(candidates));
        expect(rank(candidates).length).toBeLessThanOrEqual(5);
      }),
    );
  });
});
