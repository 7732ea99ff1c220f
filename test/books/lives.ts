import fc from 'fast-check';
import { weekdays } from '#domain/leases/due-day';

/** The lives of leases, as people, networks and crashes make them: any step at any time, in any order. */

/** What a network says of a charge. `less` and `more` are amounts that nobody asked for. */
export type Claim = 'paid' | 'paid, receipt unknown' | 'paid, receipt of another' | 'less' | 'more' | 'failed';

/** Tables that refuse what a step writes, as a constraint or a full disk would. */
export const refusing = [
  'payments.attempts',
  'payments.cases',
  'payments.inbound',
  'leases.leases',
  'leases.schedule_lines',
  'leases.commands',
  'ledger.transfers',
  'ledger.entries',
  'events.audit',
  'events.outbox',
] as const;

/** What befalls a try, before the one that succeeds. */
export type Fault =
  | 'the process dies before the commit'
  | 'the connection is cut before the commit'
  | 'the connection is cut after the commit'
  | { readonly refusedBy: (typeof refusing)[number]; readonly state: '22003' | '23505' };

export interface Trouble {
  readonly faults: readonly Fault[];
  /** Done once, a second time when it is done, or twice in the same moment. */
  readonly tap: 'once' | 'again' | 'together';
}

export const untroubled: Trouble = { faults: [], tap: 'once' };

/** In whole units of the currency, and minor units less than that where the currency has them. */
export interface Sum {
  readonly units: number;
  readonly less: number;
}

type Deed =
  | { readonly do: 'charge'; readonly sum: Sum | null; readonly claims: readonly Claim[]; readonly pending: boolean }
  | { readonly do: 'hear'; readonly which: number; readonly claim: Claim; readonly daysAgo: number | null }
  | { readonly do: 'cash'; readonly sum: Sum; readonly agent: number; readonly daysAgo: number }
  | {
      readonly do: 'inbound';
      readonly sum: Sum;
      readonly to: 'lease' | 'suspense' | 'nobody';
      readonly daysAgo: number;
    }
  | { readonly do: 'resolve'; readonly which: number; readonly both: boolean }
  /** `part`: what of it its provider takes back, in percent, where that is not all. */
  | { readonly do: 'reverse'; readonly which: number; readonly both: boolean; readonly part: number | null }
  | {
      readonly do: 'decide';
      readonly outcome: 'succeeded' | 'failed';
      readonly receipt: 'none' | 'new' | 'taken';
      readonly daysAgo: number;
    }
  | { readonly do: 'wait' | 'pause'; readonly days: number }
  | { readonly do: 'confirm'; readonly which: number; readonly decision: 'confirmed' | 'rejected' }
  | {
      readonly do: 'remit';
      readonly agent: number;
      readonly share: number;
      readonly decision: 'confirmed' | 'rejected';
    }
  | { readonly do: 'overdue'; readonly days: number }
  | { readonly do: 'clock'; readonly at: '23:59' | '00:00' }
  | { readonly do: 'restructure'; readonly instalments: number }
  | { readonly do: 'forgive'; readonly sum: Sum }
  | { readonly do: 'promise' }
  | { readonly do: 'settle'; readonly by: 'prompt' | 'pay' | 'cash' | 'inbound'; readonly claims: readonly Claim[] }
  | { readonly do: 'give back'; readonly claims: readonly Claim[] }
  | { readonly do: 'pay out'; readonly sum: Sum; readonly agent: number }
  | {
      readonly do:
        | 'hand over'
        | 'resume'
        | 'fees'
        | 'arrears'
        | 'complete'
        | 'write off'
        | 'return'
        | 'theft'
        | 'found'
        | 'withdraw'
        | 'repossess'
        | 'look at receipts'
        | 're-age'
        | 're-amortise'
        | 'undo';
    }
  | { readonly do: 'book again' | 'give up dispute'; readonly which: number }
  | { readonly do: 'total loss' | 'insured write-off'; readonly share: number }
  | { readonly do: 'insurer'; readonly share: number }
  | { readonly do: 'paid ahead'; readonly makes: 'lower' | 'shorter' }
  | { readonly do: 'due day'; readonly weekday: (typeof weekdays)[number] }
  | { readonly do: 'frequency'; readonly to: 'daily' | 'weekly' | 'monthly' };

export type Step = Deed & Trouble;

export interface Life {
  readonly market: 'UG' | 'KE';
  /** Pays interest on its balance, and somebody else a part of its price. */
  readonly isDeclining: boolean;
  /** What no insurer pays of a total loss. */
  readonly gap: 'customer' | 'house';
  readonly provider: 'mtn' | 'airtel';
  /** Four of five leases are handed over at once; the others perhaps later, or never. */
  readonly begins: boolean;
  readonly steps: readonly Step[];
  /** What became in the end of charges of which nobody knew. */
  readonly atLast: 'paid' | 'failed';
}

const one = <T extends string>(...names: readonly T[]) => fc.constantFrom(...names);
/** Mostly what a few lines come to; now and then far more than is owed. */
const units = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 2_500 }) },
  fc.integer({ min: 5_000, max: 30_000 }),
);
const sum = fc.record({ units, less: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 99 })) });
const days = fc.integer({ min: 1, max: 14 });
const daysAgo = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20 }));
const claim = one<Claim>(
  'paid',
  'paid',
  'paid',
  'failed',
  'less',
  'more',
  'paid, receipt unknown',
  'paid, receipt of another',
);
const claims = fc.array(claim, { maxLength: 3 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const which = fc.nat(9);
const agent = fc.nat(1);
const part = fc.option(fc.integer({ min: 1, max: 110 }), { nil: null, freq: 2 });

/** How many of them, the first, are about money alone. */
const MONEY = 7;
const deeds: readonly (readonly [number, fc.Arbitrary<Deed>])[] = [
  [6, fc.record({ do: one('charge'), sum: maybe(sum), claims, pending: fc.boolean() })],
  [3, fc.record({ do: one('hear'), which, claim, daysAgo: maybe(daysAgo) })],
  [3, fc.record({ do: one('cash'), sum, agent, daysAgo })],
  [4, fc.record({ do: one('inbound'), sum, to: one('lease', 'lease', 'suspense', 'nobody'), daysAgo })],
  [3, fc.record({ do: one('resolve'), which, both: fc.boolean() })],
  [4, fc.record({ do: one('reverse'), which, both: fc.boolean(), part })],
  [
    2,
    fc.record({
      do: one('decide'),
      outcome: one('succeeded', 'failed'),
      receipt: one('none', 'new', 'taken'),
      daysAgo,
    }),
  ],
  [3, fc.record({ do: one('confirm'), which, decision: one('confirmed', 'rejected') })],
  [
    5,
    fc.record({
      do: one('remit'),
      agent,
      share: fc.integer({ min: 1, max: 4 }),
      decision: one('confirmed', 'confirmed', 'rejected'),
    }),
  ],
  [4, fc.record({ do: one('overdue'), days: fc.integer({ min: 1, max: 9 }) })],
  [6, fc.record({ do: one('wait', 'wait', 'pause'), days })],
  [2, fc.record({ do: one('clock'), at: one('23:59', '00:00') })],
  [2, fc.record({ do: one('restructure'), instalments: fc.integer({ min: 1, max: 8 }) })],
  [2, fc.oneof(fc.record({ do: one('forgive'), sum }), fc.record({ do: one('promise') }))],
  [3, fc.record({ do: one('settle'), by: one('prompt', 'pay', 'cash', 'inbound'), claims })],
  [3, fc.record({ do: one('give back'), claims })],
  [2, fc.record({ do: one('pay out'), sum, agent })],
  [4, fc.record({ do: one('fees', 'fees', 'arrears', 'resume') })],
  [2, fc.record({ do: one('hand over', 'complete', 'write off', 'return', 'withdraw') })],
  [1, fc.record({ do: one('theft', 'found') })],
  [2, fc.record({ do: one('book again', 'book again', 'give up dispute'), which })],
  [1, fc.record({ do: one('repossess', 'look at receipts') })],
  [2, fc.record({ do: one('total loss', 'insured write-off'), share: fc.integer({ min: 0, max: 200 }) })],
  [1, fc.record({ do: one('insurer'), share: fc.constantFrom(0, 50, 100) })],
  [1, fc.record({ do: one('re-age', 're-amortise', 'undo') })],
  [1, fc.record({ do: one('paid ahead'), makes: one('lower', 'shorter') })],
  [1, fc.record({ do: one('due day'), weekday: fc.constantFrom(...weekdays) })],
  [1, fc.record({ do: one('frequency'), to: one('daily', 'weekly', 'monthly') })],
];

const fault = fc.oneof(
  { weight: 4, arbitrary: one('the process dies before the commit') },
  { weight: 3, arbitrary: fc.record({ refusedBy: one(...refusing), state: one('22003', '23505') }) },
  {
    weight: 1,
    arbitrary: one('the connection is cut before the commit', 'the connection is cut after the commit'),
  },
);
const trouble: fc.Arbitrary<Trouble> = fc.record({
  faults: fc.oneof({ weight: 6, arbitrary: fc.constant([]) }, fc.array(fault, { minLength: 1, maxLength: 2 })),
  tap: one('once', 'once', 'once', 'once', 'once', 'once', 'again', 'together'),
});
const troubled = (deed: fc.Arbitrary<Deed>): fc.Arbitrary<Step> =>
  fc.tuple(deed, trouble).map(([what, befalls]) => ({ ...what, ...befalls }));
const steps = (least: number, most: number, of = deeds) =>
  fc.array(troubled(fc.oneof(...of.map(([weight, arbitrary]) => ({ weight, arbitrary })))), {
    minLength: least,
    maxLength: most,
  });
const ofMoney = deeds.slice(0, MONEY);

/** Deeds in this order, with their troubles, and sometimes another between two of them. */
const inTurn = (...some: readonly fc.Arbitrary<Deed>[]): fc.Arbitrary<Step[]> =>
  fc.tuple(...some.flatMap((deed) => [troubled(deed).map((step) => [step]), rarely])).map((parts) => parts.flat());
const rarely = fc.oneof({ weight: 3, arbitrary: fc.constant<Step[]>([]) }, steps(1, 1));

const overdue = fc.record({ do: one('overdue'), days: fc.integer({ min: 1, max: 9 }) });
const suspended = fc.record({ do: one('inbound'), sum, to: one('suspense'), daysAgo });
const reversal = fc.record({ do: one('reverse'), which, both: fc.boolean(), part });
const partTaken = fc.record({
  do: one('reverse'),
  which,
  both: fc.constant(false),
  part: fc.integer({ min: 1, max: 60 }),
});
const charged = fc.record({ do: one('charge'), sum: maybe(sum), claims, pending: fc.boolean() });
const settled = fc.record({
  do: one('settle'),
  by: one('cash', 'pay'),
  claims: fc.constant<Claim[]>(['paid']),
});
const muchCash = fc.record({
  do: one('cash'),
  sum: fc.record({ units: fc.integer({ min: 5_000, max: 30_000 }), less: fc.constant(0) }),
  agent: fc.constant(0),
  daysAgo: fc.constant(0),
});
const workout = fc.oneof(
  fc.record({ do: one('restructure'), instalments: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ do: one('re-age', 're-amortise') }),
);

/** What hardly happens where every step is drawn by itself. */
const chapters: readonly fc.Arbitrary<Step[]>[] = [
  // A workout of a lease that is late, and money before it is undone.
  fc
    .tuple(inTurn(overdue, workout), steps(1, 3, ofMoney), inTurn(fc.record({ do: one('undo') })))
    .map((parts) => parts.flat()),
  // One key for two payments in suspense.
  inTurn(suspended, suspended, fc.record({ do: one('resolve'), which: fc.constant(0), both: fc.constant(true) })),
  // A day on which an agent says that he took cash, and somebody else's word on it.
  inTurn(
    overdue,
    fc.record({ do: one('cash'), sum, agent, daysAgo: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ do: one('confirm'), which, decision: one('confirmed', 'rejected') }),
    reversal,
  ),
  inTurn(
    fc.record({ do: one('theft') }),
    charged,
    fc.oneof(reversal, fc.record({ do: one('wait'), days })),
    fc.record({ do: one('found') }),
  ),
  // Who has paid changes his mind.
  inTurn(charged, fc.record({ do: one('withdraw') }), fc.oneof(reversal, fc.record({ do: one('give back'), claims }))),
  // Far more cash than is owed, of which credit is left after the end, and what is taken back then.
  inTurn(muchCash, fc.record({ do: one('pay out'), sum, agent: fc.constant(1) }), reversal),
  inTurn(charged, muchCash, reversal, fc.record({ do: one('book again', 'give up dispute'), which })),
  // An insurer pays for the end of a lease, or does not.
  inTurn(
    charged,
    fc.record({ do: one('total loss', 'insured write-off'), share: fc.integer({ min: 0, max: 200 }) }),
    fc.oneof(reversal, charged, fc.record({ do: one('give back'), claims })),
    fc.record({ do: one('insurer'), share: fc.constantFrom(0, 50, 100) }),
    reversal,
  ),
  inTurn(overdue, fc.record({ do: one('repossess') }), charged, reversal),
  // A payment that its provider takes back in parts, and what follows on a lease that is over: somebody slips, or pays nothing.
  inTurn(charged, partTaken, partTaken, fc.oneof(reversal, fc.record({ do: one('book again'), which }))),
  inTurn(settled, fc.oneof(reversal, partTaken), fc.record({ do: one('book again', 'give up dispute'), which })),
];
const withChapter = fc.tuple(steps(0, 2), fc.oneof(...chapters), steps(0, 3)).map((parts) => parts.flat());

export const life: fc.Arbitrary<Life> = fc.record({
  market: one('UG', 'UG', 'KE'),
  isDeclining: fc.constantFrom(false, false, true),
  gap: one('customer', 'house'),
  provider: one('mtn', 'mtn', 'airtel'),
  begins: fc.constantFrom(true, true, true, true, false),
  steps: fc.oneof({ weight: 3, arbitrary: steps(1, 9) }, { weight: 2, arbitrary: withChapter }),
  atLast: one('paid', 'failed'),
});
