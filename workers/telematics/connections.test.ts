import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Connections } from './connections.ts';

function watched() {
  const told: string[] = [];
  const connections = new Connections((id, online) => told.push(`${id} ${online ? 'came' : 'went'}`));
  const isGone = (id: string) => new Promise<boolean>((resolve) => connections.judge(id, resolve));
  return { told, connections, isGone };
}

it('a tracker is gone when its last connection is, whichever ended first', async () => {
  const { told, connections, isGone } = watched();
  connections.began('a', 1);
  connections.began('a', 2);
  connections.ended('a', 1);
  expect(await isGone('a')).toBe(false);
  connections.ended('a', 2);
  expect(await isGone('a')).toBe(true);
  await expect.poll(() => told, { timeout: 30_000 }).toEqual(['a came', 'a came', 'a went']);
});

it('one that comes back in a moment was never gone', async () => {
  const { told, connections, isGone } = watched();
  connections.began('a', 1);
  connections.ended('a', 1);
  const judged = isGone('a');
  connections.began('a', 2);
  expect(await judged).toBe(false);
  await sleep(600);
  expect(told).toEqual(['a came', 'a came']);
});

it('one of which no connection is known is believed to be gone, and so is one whose end may have been missed', async () => {
  const { connections, isGone } = watched();
  expect(await isGone('a')).toBe(true);
  connections.began('a', 1);
  connections.forget();
  expect(await isGone('a')).toBe(true);
});

it('one that hangs up in order is not lost, and is not there either', async () => {
  const { told, connections, isGone } = watched();
  connections.began('a', 1);
  connections.ended('a', 1, true);
  expect(await isGone('a')).toBe(true);
  await sleep(600);
  expect(told).toEqual(['a came']);
});

it('an end of what is not known, or known no more, says nothing', async () => {
  const { told, connections } = watched();
  connections.ended('a', 1);
  connections.began('b', 1);
  connections.close();
  connections.ended('b', 1);
  await sleep(600);
  expect(told).toEqual(['b came']);
});
