import { isRunning, type LeaseStatus } from '../../leases/status.ts';
import { takesCommands, type TrackerKind } from '../tracker.ts';
import type { StopCause } from './episode.ts';
import { legalNoticeOf, thresholdOf, type MarketRule } from './law.ts';

/** What is known when a vehicle is about to be stopped. Instants are epoch milliseconds. */
export interface GateFacts {
  readonly cause: StopCause;
  /** The lease that has the vehicle, as it stands now on its own clock; null where nobody has it. */
  readonly lease: LeaseFacts | null;
  /** A customer owns the vehicle. */
  readonly sold: boolean;
  /** Work on the vehicle is under way: it is in the hands of a workshop. */
  readonly atWorkshop: boolean;
  /** The rule of its market that holds now; null where none does. */
  readonly rule: MarketRule | null;
  readonly tracker: TrackerFacts | null;
  /** The newest believed place; null where none is known. */
  readonly fix: FixFacts | null;
  /** The wall's clock, by which freshness is judged. */
  readonly wall: number;
  /** Hour (0–23) of the wall in the market. */
  readonly localHour: number;
  /** Another command of the vehicle is under way. */
  readonly inFlight: boolean;
}

export interface LeaseFacts {
  readonly status: LeaseStatus;
  readonly daysPastDue: number;
  /** If all money that is in doubt or on its way was paid. */
  readonly daysPastDueIfPaid: number;
  /** Of the plan; null where it never stops a vehicle. */
  readonly planDays: number | null;
  readonly planNoticeHours: number;
  readonly twoThirdsPaid: boolean;
  /** The customer has promised to pay on a day that has not passed. */
  readonly promised: boolean;
  /** The customer has asked for relief, and nobody has decided. */
  readonly reliefAsked: boolean;
  /** The customer may still have undone what staff have made him pay more each time by. */
  readonly mayObject: boolean;
  /** When the warning was delivered, on the lease's clock; null where it was not. */
  readonly warnedAt: number | null;
  /** Until when an emergency restart runs, on the lease's clock. */
  readonly emergencyUntil: number | null;
  /** Now, on the lease's clock. */
  readonly now: number;
}

interface TrackerFacts {
  readonly kind: TrackerKind;
  readonly online: boolean;
  /** Stop and start were seen at the fitting, or nobody asks for that here. */
  readonly relayProven: boolean;
}

export interface FixFacts {
  /** When it was, by the tracker or by our receipt, whichever is earlier. */
  readonly at: number;
  readonly speedKph: number | null;
  readonly ignition: boolean | null;
  /** What came last contradicts it: another place that cannot have been reached, or it moves. */
  readonly suspect: boolean;
  /** It is where no vehicle is stopped. */
  readonly protected: boolean;
}

/** Milliseconds that a fix may be old (docs/immobilisation.md). */
export const FRESH = 60_000;
const HOUR = 3_600_000;

interface Gate {
  readonly code: string;
  /**
   * `reason`: there is none to stop the vehicle; what is stopped moves again. `law`: not now; a person's order is
   * refused. `tracker`: it cannot be done; the same. `moment`: waited for.
   */
  readonly kind: 'reason' | 'law' | 'tracker' | 'moment';
  /** Asked for these causes alone; for all where absent. */
  readonly of?: readonly StopCause[];
  readonly isClosed: (facts: GateFacts) => boolean;
}

const debt: readonly StopCause[] = ['arrears', 'staff'];

const inLease =
  (isClosed: (lease: LeaseFacts, facts: GateFacts) => boolean) =>
  (facts: GateFacts): boolean =>
    facts.lease === null || isClosed(facts.lease, facts);

const beyond = (days: number, { planDays }: LeaseFacts, rule: MarketRule | null) =>
  rule !== null && days > thresholdOf(planDays, rule);

/** Nobody is stopped for a debt who has no lease that runs. Source: there is no right without the agreement. */
const notLeased = ({ lease }: GateFacts) => lease === null || !isRunning(lease.status);

/** Source: docs/immobilisation.md, "no theft that is reported": whoever drives it may be armed. */
const stolen = inLease(({ status }) => status === 'stolen');

/** A customer has it by a lease that runs, or owns it. */
const isTheirs = ({ lease, sold }: GateFacts) => (lease === null ? sold : isRunning(lease.status));

/** An order that names a theft stops no customer who has reported none. Source: docs/immobilisation.md, "an order about a theft". */
const notStolen = (facts: GateFacts) => isTheirs(facts) && facts.lease?.status !== 'stolen';

/**
 * A relay is tested at the fitting, or in a workshop where another unit is fitted meanwhile; never while a customer has the vehicle
 * in his hands, or it is stolen or his own. Source: safety.
 */
const withCustomer = (facts: GateFacts) =>
  isTheirs(facts) && !(facts.atWorkshop && facts.lease !== null && facts.lease.status !== 'stolen');

/** Source: docs/immobilisation.md, "never for inactivity or illness". */
const paused = inLease(({ status }) => status === 'paused');

/** Where nobody has entered what a market's law asks for, nothing is stopped. Source: docs/immobilisation.md. */
const noRule = ({ rule }: GateFacts) => rule === null;

/** A plan without a threshold never stops by itself. Source: the agreement. */
const planForbids = inLease(({ planDays }) => planDays === null);

/** Source: the plan, and the market's law on default; the stricter of both holds. */
const notPastThreshold = inLease((lease, { rule }) => !beyond(lease.daysPastDue, lease, rule));

/** Source: "unknown is a state": who may have paid is not stopped while nobody knows. */
const inDoubt = inLease((lease, { rule }) => !beyond(lease.daysPastDueIfPaid, lease, rule));

/** Source: Kenya's Hire-Purchase Act (Cap. 507) s. 15 and what other markets' rules say: `MarketRule.stopsAfterTwoThirds`. */
const twoThirds = inLease(({ twoThirdsPaid }, { rule }) => twoThirdsPaid && rule?.stopsAfterTwoThirds !== true);

/** Source: good faith: what was promised for a day is not taken before it. */
const promised = inLease((lease) => lease.promised);

/** Source: "never for illness": who says that he is ill is heard before his vehicle is stopped. */
const reliefAsked = inLease((lease) => lease.reliefAsked);

/** Source: what nobody has signed is not enforced while he who owes it may say no to it. */
const mayObject = inLease((lease) => lease.mayObject);

/** Source: the market's law on notice; a warning counts that a channel has delivered. */
const notWarned = inLease(({ warnedAt }) => warnedAt === null);

/** Source: docs/immobilisation.md, "has run since, on the lease's clock". */
const noticeRuns = inLease(
  ({ warnedAt, planNoticeHours, now }, { rule }) =>
    warnedAt === null || rule === null || now < warnedAt + legalNoticeOf(planNoticeHours, rule) * HOUR,
);

/** Source: docs/immobilisation.md, "no emergency restart". */
const emergency = inLease(({ emergencyUntil, now }) => emergencyUntil !== null && now < emergencyUntil);

const noTracker = ({ tracker }: GateFacts) => tracker === null;

/** Only units whose stop acts with the ignition off and is seen at an output. Source: docs/immobilisation.md, `setigndigout`. */
const takesNoCommands = ({ tracker }: GateFacts) => tracker === null || !takesCommands(tracker.kind);

/** Source: a relay that was never seen to start again must not stop anybody. */
const unproven = ({ tracker }: GateFacts) => tracker?.relayProven !== true;

/** Source: docs/immobilisation.md, "one outstanding a device". */
const another = ({ inFlight }: GateFacts) => inFlight;

/** Nobody is left without a vehicle at night. Source: the market's rule. */
const outsideHours = ({ rule, localHour }: GateFacts) =>
  rule === null || localHour < rule.fromHour || localHour >= rule.untilHour;

/** Source: what does not answer cannot be seen to stand. */
const offline = ({ tracker }: GateFacts) => tracker?.online !== true;

/** Source: docs/immobilisation.md, "younger than 60 s by its clock and ours". */
const stale = ({ fix, wall }: GateFacts) => fix === null || wall - fix.at >= FRESH;

/** Source: docs/immobilisation.md, "and believed". */
const suspect = ({ fix }: GateFacts) => fix?.suspect !== false;

/** Nobody is left where he must not stand: a hospital, a motorway. Source: staff's geofences of rule `protected`, by market or vehicle. */
const protectedPlace = ({ fix }: GateFacts) => fix?.protected !== false;

/** Stopping an engine from afar can kill. Source: docs/immobilisation.md, "speed 0". */
const moving = ({ fix }: GateFacts) => fix?.speedKph !== 0;

/** Source: the same; an ignition that is not known is on. */
const ignitionOn = ({ fix }: GateFacts) => fix?.ignition !== false;

/**
 * Every gate, in the order in which they are asked: each has to be open. The vehicle of somebody who owes nothing is
 * told to be so before anything is said of its tracker.
 */
export const gates = [
  { code: 'vehicle_not_leased', kind: 'reason', of: debt, isClosed: notLeased },
  { code: 'lease_paused', kind: 'reason', of: debt, isClosed: paused },
  { code: 'lease_stolen', kind: 'law', of: debt, isClosed: stolen },
  { code: 'vehicle_not_stolen', kind: 'reason', of: ['theft'], isClosed: notStolen },
  { code: 'vehicle_with_customer', kind: 'reason', of: ['relay_test'], isClosed: withCustomer },
  { code: 'no_market_rule', kind: 'reason', of: debt, isClosed: noRule },
  { code: 'plan_never_stops', kind: 'reason', of: ['arrears'], isClosed: planForbids },
  { code: 'not_past_threshold', kind: 'reason', of: debt, isClosed: notPastThreshold },
  { code: 'two_thirds_paid', kind: 'reason', of: debt, isClosed: twoThirds },
  { code: 'money_in_doubt', kind: 'law', of: debt, isClosed: inDoubt },
  { code: 'promise_open', kind: 'law', of: debt, isClosed: promised },
  { code: 'relief_undecided', kind: 'law', of: debt, isClosed: reliefAsked },
  { code: 'plan_not_agreed', kind: 'law', of: debt, isClosed: mayObject },
  { code: 'notice_not_delivered', kind: 'law', of: debt, isClosed: notWarned },
  { code: 'notice_running', kind: 'law', of: debt, isClosed: noticeRuns },
  { code: 'emergency_restart_running', kind: 'law', of: debt, isClosed: emergency },
  { code: 'no_tracker', kind: 'tracker', isClosed: noTracker },
  { code: 'tracker_takes_no_commands', kind: 'tracker', isClosed: takesNoCommands },
  { code: 'relay_not_proven', kind: 'tracker', of: ['arrears', 'staff', 'theft'], isClosed: unproven },
  { code: 'command_in_flight', kind: 'moment', isClosed: another },
  { code: 'outside_allowed_hours', kind: 'moment', of: debt, isClosed: outsideHours },
  { code: 'tracker_offline', kind: 'moment', isClosed: offline },
  { code: 'fix_stale', kind: 'moment', isClosed: stale },
  { code: 'fix_suspect', kind: 'moment', isClosed: suspect },
  { code: 'protected_place', kind: 'moment', of: ['arrears', 'staff', 'theft'], isClosed: protectedPlace },
  { code: 'vehicle_moving', kind: 'moment', isClosed: moving },
  { code: 'ignition_on', kind: 'moment', isClosed: ignitionOn },
] as const satisfies readonly Gate[];

export type GateCode = (typeof gates)[number]['code'];
type GateKind = Gate['kind'];
type ClosedGate = { readonly code: GateCode; readonly kind: GateKind };

/** Those that a warning opens, by itself or when its notice is over. */
export const noticeGates: ReadonlySet<GateCode> = new Set(['notice_not_delivered', 'notice_running']);

/**
 * The first gate that is closed, of all kinds or of some; null where the vehicle may be stopped.
 *
 * @param but those that are not asked
 */
export function closedGate(
  facts: GateFacts,
  kinds?: readonly GateKind[],
  but: ReadonlySet<GateCode> = new Set(),
): ClosedGate | null {
  for (const { code, kind, isClosed, ...gate } of gates) {
    const of: readonly StopCause[] | undefined = 'of' in gate ? gate.of : undefined;
    if (but.has(code) || (of !== undefined && !of.includes(facts.cause))) continue;
    if ((kinds === undefined || kinds.includes(kind)) && isClosed(facts)) return { code, kind };
  }
  return null;
}
