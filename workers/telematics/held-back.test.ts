import { expect, it } from 'vitest';
import { HeldBack } from './held-back.ts';

it('is read on from while few bytes wait, and again as they become fewer', () => {
  const heard: string[] = [];
  const held = new HeldBack(100, () => {
    heard.push('on');
    return () => heard.push('back');
  });
  const [first, second, third] = [held.hold(60), held.hold(60), held.hold(30)];
  expect(heard).toEqual(['on']);
  first?.();
  // 90 wait: both are read on from.
  expect(heard).toEqual(['on', 'back', 'on', 'on']);
  second?.();
  third?.();
  expect(heard).toEqual(['on', 'back', 'on', 'on', 'back', 'back']);
});

it('is read on from one by one where the next is too much', () => {
  let read = 0;
  const held = new HeldBack(100, () => {
    read += 1;
    return () => {};
  });
  const waiting = [100, 60, 60, 60].map((bytes) => held.hold(bytes));
  expect(read).toBe(1);
  waiting[0]?.();
  // 180 wait still.
  expect(read).toBe(1);
  // One that is answered before its turn to be read on from is not given back.
  waiting[1]?.();
  waiting[2]?.();
  expect(read).toBe(2);
});
