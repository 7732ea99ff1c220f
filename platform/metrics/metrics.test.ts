import { expect, test } from 'vitest';
import { Metrics } from './metrics.ts';

test('a figure that nobody can look up holds up none of the others, and is said to be missing', async () => {
  const metrics = new Metrics('worker');
  metrics.look('leases', () => new Promise(() => {}), 10);
  metrics.look('suspense_items', () => Promise.reject(new Error('no database')));
  metrics.look('cases_open', () => Promise.resolve([{ kind: 'late_money', value: 3 }]));
  metrics.add(() => new Promise(() => {}), 10);
  metrics.add(() => Promise.resolve('of_another 1'));
  const text = await metrics.text();
  expect(text).toContain('of_another 1');
  expect(text).toContain('cases_open{kind="late_money",component="worker"} 3');
  expect(text).not.toMatch(/^(leases|suspense_items)\{/m);
  const missing = await metrics.valuesOf('figures_unread');
  expect(missing.map(({ labels, value }) => [labels['figure'], value])).toEqual([
    ['suspense_items', 1],
    ['cases_open', 0],
    ['leases', 1],
  ]);
});
