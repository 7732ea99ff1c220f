import { describe, expect, it } from 'vitest';
import { ownershipWords } from './ownership-words.ts';
import { isRunning, leaseStatuses } from './status.ts';

describe('whose a vehicle is', () => {
  const sums = { percent: 99, paid: '45,000 UGX', total: '45,000 UGX' };

  const others = leaseStatuses.filter((status) => status !== 'completed' && status !== 'settled_early');
  it.each(others)('is promised to whom it may become (%s)', (status) => {
    const words = ownershipWords(status, sums);
    expect(words).toContain('You have paid 45,000 UGX');
    expect(words.includes('The vehicle becomes yours with the last payment')).toBe(isRunning(status));
  });

  it.each([
    ['returned', 'You gave the vehicle back'],
    ['repossessed', 'was taken back'],
    ['written_off', 'was given up'],
    ['total_loss', 'lost for good'],
    ['upgraded', 'given for another one'],
    ['withdrawn', 'The application is over'],
    ['lapsed', 'The application is over'],
    ['offered', 'Once it is handed over'],
  ] as const)('%s: %s', (status, said) => {
    expect(ownershipWords(status, sums)).toContain(said);
  });

  it('is his once all is paid, whatever came before', () => {
    for (const status of ['completed', 'settled_early', 'written_off'] as const)
      expect(ownershipWords(status, { ...sums, percent: 100 })).toBe('The vehicle is yours.');
  });

  it('is not said to be his while what had paid for it is in dispute', () => {
    const disputed = { ...sums, percent: 100, disputed: '30,000 UGX' };
    for (const status of ['completed', 'settled_early'] as const)
      expect(ownershipWords(status, disputed)).toMatch(/^30,000 UGX .* taken back and are owed again/);
  });

  it('is not said to be his while money that has paid for it may have gone', () => {
    const gone = { ...sums, percent: 100, isSaidGone: true };
    for (const status of ['completed', 'settled_early'] as const)
      expect(ownershipWords(status, gone)).toContain('has not reached us');
    expect(ownershipWords('active', { ...sums, isSaidGone: true })).toBe(ownershipWords('active', sums));
  });
});
