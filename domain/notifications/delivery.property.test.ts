import fc from 'fast-check';
import { expect, it } from 'vitest';
import { afterQuietHours } from '../quiet-hours.ts';
import { nextDeliveryStep, type DeliveryFacts, type TryState, type Urgency } from './delivery.ts';
import { previews } from './previews.ts';
import { outbound, type Outbound } from './rules.ts';

type Answer = Extract<TryState, 'taken' | 'not_taken' | 'refused' | 'in_doubt'> | 'killed';

const somewhere = fc.subarray([...outbound]).map((some) => new Set<Outbound>(some));
const life = fc.record({
  start: fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 11, 31) }),
  urgency: fc.constantFrom<Urgency>('now', 'answer', 'day'),
  isLegal: fc.boolean(),
  preferred: fc.shuffledSubarray(['sms', 'email', 'push', 'in_app'] as const, { minLength: 1 }),
  reachable: somewhere,
  suppressed: somewhere,
  off: somewhere,
  isCapped: fc.boolean(),
  isDigest: fc.boolean(),
  answers: fc.array(fc.constantFrom<Answer>('taken', 'not_taken', 'refused', 'in_doubt', 'killed'), { maxLength: 40 }),
});

it('delivers each once or gives it up with a reason, none at night, none above caps, and none that may have arrived again', () => {
  fc.assert(
    fc.property(life, ({ start, answers, ...given }) => {
      const tried = new Map<Outbound, DeliveryFacts['tried'][number]>();
      let now = start;
      let arrived = 0;
      for (let steps = 0; ; steps += 1) {
        expect(steps).toBeLessThan(2_000);
        const facts: DeliveryFacts = {
          ...given,
          now,
          market: 'UG',
          quiet: null,
          asked: start,
          isDigest: given.isDigest && !given.isLegal && given.urgency === 'day',
          isCapped: given.isCapped && !given.isLegal && given.urgency !== 'now',
          expiresAt: null,
          tried: [...tried.values()],
        };
        const step = nextDeliveryStep(facts);
        if (step.do === 'wait') {
          expect(step.until).toBeGreaterThan(now);
          now = step.until;
          continue;
        }
        if (step.do !== 'send') {
          if (step.do === 'done') expect(arrived).toBe(1);
          else expect(arrived === 0 || (step.do === 'give_up' && step.reason === 'in_doubt')).toBe(true);
          return;
        }
        const { channel } = step;
        expect(facts.isCapped).toBe(false);
        expect(given.reachable.has(channel)).toBe(true);
        if (given.urgency === 'day') expect(afterQuietHours(now, null, 'UG')).toBe(now);
        if (!given.isLegal && given.urgency !== 'now') {
          expect(given.suppressed.has(channel) || given.off.has(channel)).toBe(false);
          expect(given.preferred).toContain(channel);
        }
        const answer = answers.shift() ?? 'not_taken';
        if (answer === 'taken' || answer === 'in_doubt' || answer === 'killed') arrived += 1;
        expect(arrived).toBeLessThanOrEqual(1);
        const before = tried.get(channel);
        const state = answer === 'killed' ? 'sending' : answer;
        tried.set(channel, {
          channel,
          state,
          tries: (before?.tries ?? 0) + 1,
          firstAt: before?.firstAt ?? now,
          lastAt: now,
        });
      }
    }),
  );
});

it('says each kind in each language by each channel, in two SMS at most', () => {
  const all = previews();
  for (const { segments, text } of all) expect(segments, text).toBeLessThanOrEqual(2);
  expect(all).toContainEqual(expect.objectContaining({ kind: 'reminder', isLegal: true }));
  const first = all.filter(({ sample }) => sample === 0);
  expect(
    first.map(({ kind, language, channel, writtenIn, title, text }) =>
      [kind, language, channel, writtenIn, title, text].join(' | '),
    ),
  ).toMatchSnapshot();
});
