import { findEndpoints, ofSubject, ofSubjects, type EndpointRow } from '#db/queries/webhooks';
import { inBulk } from '#platform/in-bulk';
import type { Logger } from '#platform/log';
import { AT_ONCE, NotNow, type Sent } from '#providers/webhooks/sender';
import { wakeDelivery } from '#steering/wake-delivery';
import type { MessageSigner } from '#providers/webhooks/signature';
import type { WebhookDependencies } from './dependencies.ts';
import { signerOf } from './endpoint-keys.ts';
import { sendTo } from './send-to.ts';
import { recordTaken } from './record-taken.ts';
import { isTaken, noteTry } from './try-delivery.ts';
import { wakeAll, wakeInTurn, wakeSoon } from './wake.ts';

/** A delivery that was just queued. */
interface Fresh {
  readonly id: string;
  readonly eventId: string;
  readonly subject: string;
  readonly body: string;
  readonly endpoint: EndpointRow;
}
/** What one endpoint hears of one subject, in its order: the turn of the first has come. */
type Chain = readonly Fresh[];

export type FirstTryDependencies = WebhookDependencies & { readonly log: Logger };

/** Milliseconds for the first tries to an endpoint; what is not tried by then its workflow tries. */
const SOON = 5_000;
/** Milliseconds after which a request counts as slow, and for which its endpoint is left to workflows then. */
const SLOW = 1_000;
const REST = 60_000;
/** Milliseconds after which a request that was left under way is over, and its workflow looks at what came of it. */
const SURELY = 20_000;
/** Milliseconds for which a look at an endpoint counts: so long after it was disabled a request may begin. */
const GLANCE = 20;
/** Milliseconds for which what was taken is gathered before more of it is written down. */
const BREATH = 40;

/**
 * Sends deliveries for the first time, without a workflow for each: most are taken at once, and are written down many
 * at a time. One that is not taken goes on as its workflow, which wakes what is behind it; so does all of an endpoint that
 * has failed or is slow: it keeps nobody waiting. Whoever hands them in is done when each is taken, has a workflow, or is
 * behind one that has; until then he keeps the event, so that a process that dies loses none. Others he may hand in once
 * these are sent.
 */
export function createFirstTries(deps: FirstTryDependencies): (chains: readonly Chain[]) => Tries {
  const resting = new Map<string, number>();
  const isQuick = ({ id, verifiedAt, failingSince }: EndpointRow) =>
    verifiedAt !== null && failingSince === null && (resting.get(id) ?? 0) < Date.now();
  const inHand = new Set<string>();
  const desk: Desk = {
    deps,
    inHand,
    rest: ({ id }) => void resting.set(id, Date.now() + REST),
    keepTaken: inBulk((taken: Parameters<typeof recordTaken>[1]) => recordTaken(deps, taken), BREATH),
    wakeBehind: inBulk(async (through: readonly (readonly Fresh[])[]) => {
      await wakeBehind(deps, through.flat(), inHand);
      return through.map(() => undefined);
    }),
    asItIsNow: inBulk(async (all: readonly EndpointRow[]) => {
      const rows = await findEndpoints(
        deps.db,
        all.map(({ id }) => id),
      );
      return all.map(({ id }) => rows.find((row) => row.id === id));
    }),
  };

  return (chains) => {
    const byEndpoint = new Map<EndpointRow, Chain[]>();
    for (const chain of chains) {
      const [first] = chain;
      const its = first && byEndpoint.get(first.endpoint);
      if (its !== undefined) its.push(chain);
      else if (first !== undefined) byEndpoint.set(first.endpoint, [chain]);
    }
    const all = Array.from(byEndpoint, ([endpoint, its]): Tries => {
      if (isQuick(endpoint)) return tryAll(desk, endpoint, its);
      const woken = wakeAll(
        deps,
        its.flatMap(([first]) => first?.id ?? []),
      );
      return { sent: woken, done: woken };
    });
    const sent = allOf(all.map((one) => one.sent));
    const done = allOf([sent, ...all.map((one) => one.done)]);
    // Whoever waits for them hears what has failed, however late he comes to it.
    for (const tries of [sent, done]) tries.catch(() => {});
    return { sent, done };
  };
}

/** When all were sent, or are left to workflows, and when what came of each is written down. */
interface Tries {
  readonly sent: Promise<void>;
  readonly done: Promise<void>;
}

const allOf = (all: readonly Promise<void>[]): Promise<void> => Promise.all(all).then(() => {});

/** What the first tries of a process share. */
interface Desk {
  readonly deps: FirstTryDependencies;
  /** Deliveries that are tried here, now or once what is before them is taken. */
  readonly inHand: Set<string>;
  /** Leaves an endpoint to workflows for a while. */
  readonly rest: (endpoint: EndpointRow) => void;
  readonly keepTaken: (taken: Parameters<typeof recordTaken>[1][number]) => Promise<void>;
  /** Lets begin what somebody has queued meanwhile behind what was taken. */
  readonly wakeBehind: (through: readonly Fresh[]) => Promise<void>;
  /** The endpoint may be elsewhere, disabled or gone since its events were read. */
  readonly asItIsNow: (endpoint: EndpointRow) => Promise<EndpointRow | undefined>;
}

/** What the tries to an endpoint share. */
interface Visit {
  readonly endpoint: EndpointRow;
  readonly sign: MessageSigner;
  /** When the first tries are over, milliseconds since 1970. */
  readonly until: number;
  /** What has to be done before they are. */
  readonly settled: Promise<void>[];
  /** The endpoint as it was when it was last looked at. */
  look: { readonly at: number; readonly row: Promise<EndpointRow | undefined> };
  /** Of each subject of which all was taken, one; and what was left under way. */
  readonly through: Fresh[];
  readonly late: Set<string>;
}

/** Those of one endpoint, so many at a time. */
function tryAll(desk: Desk, endpoint: EndpointRow, chains: readonly Chain[]): Tries {
  const sign = signerOf(desk.deps, endpoint, new Date());
  const look = { at: 0, row: Promise.resolve(endpoint) };
  const visit: Visit = { endpoint, sign, until: Date.now() + SOON, settled: [], look, through: [], late: new Set() };
  const next = chains.values();
  const line = async () => {
    for (const chain of next) await tryChain(desk, visit, chain);
  };
  const sent = allOf(Array.from({ length: AT_ONCE }, line));
  const done = sent.then(() => allOf(visit.settled)).then(() => desk.wakeBehind(visit.through));
  return { sent, done };
}

/** One after the other, as long as they are taken. What is left then waits for the one that was not. */
async function tryChain(desk: Desk, visit: Visit, chain: Chain): Promise<void> {
  const left = new Set(chain.map(({ id }) => id));
  for (const id of left) desk.inHand.add(id);
  try {
    for (const one of chain) {
      const isTakenNow = await tryOne(desk, visit, one);
      left.delete(one.id);
      if (!isTakenNow) return;
    }
    visit.through.push(...chain.slice(0, 1));
  } finally {
    for (const id of left) desk.inHand.delete(id);
  }
}

/** @returns whether it was taken, so that what is behind it may be sent */
async function tryOne(desk: Desk, visit: Visit, one: Fresh): Promise<boolean> {
  const { deps, inHand } = desk;
  const { endpoint, sign, until, settled } = visit;
  const headers = await sign({ id: one.eventId, body: one.body }, new Date());
  if (Date.now() > visit.look.at + GLANCE) visit.look = { at: Date.now(), row: desk.asItIsNow(endpoint) };
  const now = await visit.look.row;
  const isSame = now?.status === 'active' && now.generation === endpoint.generation;
  const left = isSame ? until - Date.now() : 0;
  if (left <= 0) {
    inHand.delete(one.id);
    // What is disabled has given up what waits for it.
    if (now?.status === 'active') settled.push(wakeSoon(deps, one.id));
    return false;
  }
  const sending = sendTo(deps, endpoint, headers, one.body);
  const note = () => noteFirst(desk, visit, one, sending).finally(() => inHand.delete(one.id));
  const settling = sending.then(note, note);
  if (await isOverWithin(left, sending)) {
    settled.push(settling);
    return sending.then(isTaken, () => false);
  }
  visit.late.add(one.id);
  desk.rest(endpoint);
  settled.push(wakeSoon(deps, one.id, SURELY));
  return false;
}

/** What came of one: it is kept as taken, or goes on as its workflow. */
async function noteFirst(desk: Desk, visit: Visit, one: Fresh, sending: Promise<Sent>): Promise<void> {
  const { deps, rest, keepTaken } = desk;
  const { id, subject, endpoint } = one;
  try {
    const sent = await sending;
    if (sent.milliseconds > SLOW) rest(endpoint);
    if (isTaken(sent)) {
      await keepTaken({ id, sent });
      if (visit.late.has(one.id)) await desk.wakeBehind([one]);
      return;
    }
    rest(endpoint);
    const tried = await noteTry(deps, id, { sent, to: endpoint }, new Date());
    if (tried.state === 'later') await wakeDelivery(deps, id, tried.afterMs);
    if (tried.state === 'dead') await wakeInTurn(deps, ofSubject(endpoint.id, subject));
  } catch (error) {
    rest(endpoint);
    if (!(error instanceof NotNow)) deps.log.warn({ err: error, deliveryId: id }, 'a first try goes on as a workflow');
    await wakeSoon(deps, id, error instanceof NotNow ? error.afterMs : 0);
  }
}

/** Now, or by the schedule. */
async function wakeBehind(deps: FirstTryDependencies, through: readonly Fresh[], inHand: ReadonlySet<string>) {
  if (through.length === 0) return;
  const subjects = through.map(({ subject, endpoint }) => ({ subject, endpointId: endpoint.id }));
  try {
    await wakeInTurn(deps, ofSubjects(subjects), inHand);
  } catch (error) {
    deps.log.warn({ err: error }, 'what is behind deliveries that were taken waits for the schedule');
  }
}

/** Whether something has ended, well or not, within so many milliseconds. */
function isOverWithin(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, milliseconds, false);
    const done = () => {
      clearTimeout(late);
      resolve(true);
    };
    work.then(done, done);
  });
}
