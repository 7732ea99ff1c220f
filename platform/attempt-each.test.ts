import { expect, it } from 'vitest';
import { attemptEach, doEach } from './attempt-each.ts';

it('does it also for those behind one that fails, and tells which did', async () => {
  const done: number[] = [];
  const failed = await attemptEach([1, 2, 3], (item) => {
    if (item === 2) return Promise.reject(new Error('not this one'));
    done.push(item);
    return Promise.resolve();
  });
  expect(done).toEqual([1, 3]);
  expect(failed).toEqual([{ item: 2, error: new Error('not this one') }]);
  const again = doEach([1, 2, 3], async (item) => {
    done.push(item);
    if (item < 3) throw new Error(`not ${item}`);
  });
  await expect(again).rejects.toThrow('not 1');
  expect(done).toEqual([1, 3, 1, 2, 3]);
});
