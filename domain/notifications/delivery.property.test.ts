import fc from 'fast-check';
import { expect, it } from 'vitest';
import { markets } from '../markets.ts';
import { afterQuietHours } from '../quiet-hours.ts';
import { digestAt, nextDeliveryStep, type DeliveryFacts, type TryState, type Urgency } from './delivery.ts';
import { previews } from './previews.ts';
import { outbound, type Outbound } from './rules.ts';

/** `lost`: it was taken, and a receipt says a while later that it did not arrive. */
type Answer = Extract<TryState, 'taken' | 'not_taken' | 'refused' | 'in_doubt'> | 'killed' | 'lost';
const answers = ['taken', 'not_taken', 'refused', 'in_doubt', 'killed', 'lost'] as const satisfies readonly Answer[];
/** Hours of day that are left by each. */
const wishes = fc.option(fc.record({ from: fc.integer({ min: 12, max: 20 }), until: fc.integer({ min: 8, max: 11 }) }));

const somewhere = fc.subarray([...outbound]).map((some) => new Set<Outbound>(some));
const life = fc.record({
  start: fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 11, 31) }),
  market: fc.constantFrom(...markets),
  quiet: wishes,
  urgency: fc.constantFrom<Urgency>('now', 'answer', 'day'),
  isLegal: fc.boolean(),
  preferred: fc.shuffledSubarray(['sms', 'email', 'push', 'in_app'] as const, { minLength: 1 }),
  reachable: somewhere,
  suppressed: somewhere,
  off: somewhere,
  isCapped: fc.boolean(),
  isDigest: fc.boolean(),
  answers: fc.array(fc.constantFrom<Answer>(...answers), { maxLength: 40 }),
  lostAfter: fc.integer({ min: 1, max: 48 * 3_600_000 }),
});

it('delivers each once or gives it up with a reason, none at night, none above caps, and none that may have arrived again', () => {
  fc.assert(
    fc.property(life, ({ start, answers: answered, lostAfter, ...given }) => {
      const { market, quiet } = given;
      const lost = new Set<Outbound>();
      const tried = new Map<Outbound, DeliveryFacts['tried'][number]>();
      let now = start;
      let arrived = 0;
      for (let steps = 0; ; steps += 1) {
        expect(steps).toBeLessThan(2_000);
        const facts: DeliveryFacts = {
          ...given,
          now,
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
        if (step.do === 'done' && lost.delete(step.channel)) {
          const taken = tried.get(step.channel);
          if (taken !== undefined) tried.set(step.channel, { ...taken, state: 'undelivered' });
          arrived -= 1;
          now += lostAfter;
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
        if (given.urgency === 'day') expect(afterQuietHours(now, quiet, market)).toBe(now);
        if (facts.isDigest) expect(now).toBeGreaterThanOrEqual(digestAt(start, market));
        // What did not arrive by a channel does not go by it again.
        expect(tried.get(channel)?.state ?? 'not_taken').toBe('not_taken');
        if (!given.isLegal && given.urgency !== 'now') {
          expect(given.suppressed.has(channel) || given.off.has(channel)).toBe(false);
          expect(given.preferred).toContain(channel);
        }
        const answer = answered.shift() ?? 'not_taken';
        if (answer === 'lost') lost.add(channel);
        if (answer === 'lost' || answer === 'taken' || answer === 'in_doubt' || answer === 'killed') arrived += 1;
        expect(arrived).toBeLessThanOrEqual(1);
        const before = tried.get(channel);
        const state = answer === 'killed' ? 'sending' : answer === 'lost' ? 'taken' : answer;
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
