import { findEndpoints, ofSubject, type EndpointRow } from '#db/queries/webhooks';
import { inBulk } from '#platform/in-bulk';
import type { Logger } from '#platform/log';
import { AT_ONCE, NotNow, type Sent } from '#providers/webhooks/sender';
import { wakeDelivery } from '#steering/wake-delivery';
import type { WebhookDependencies } from './dependencies.ts';
import { signerOf } from './endpoint-keys.ts';
import { sendTo } from './send-to.ts';
import { recordTaken } from './record-taken.ts';
import { isTaken, noteTry } from './try-delivery.ts';
import { wakeAll, wakeInTurn, wakeSoon } from './wake.ts';

/** A delivery that was just queued, and whose turn it is. */
interface Fresh {
  readonly id: string;
  readonly eventId: string;
  readonly subject: string;
  readonly body: string;
  readonly endpoint: EndpointRow;
}

export type FirstTryDependencies = WebhookDependencies & { readonly log: Logger };

/** Milliseconds for the first tries to an endpoint; what is not tried by then its workflow tries. */
const SOON = 5_000;
/** Milliseconds after which a request counts as slow, and for which its endpoint is left to workflows then. */
const SLOW = 1_000;
const REST = 60_000;
/** Milliseconds after which a request that was left under way is over, and its workflow looks at what came of it. */
const SURELY = 20_000;
/** Milliseconds for which what was taken is gathered before more of it is written down. */
const BREATH = 20;

/**
 * Sends deliveries for the first time, without a workflow for each: most are taken at once, and are written down many
 * at a time. One that is not taken goes on as its workflow, as does all of an endpoint that has failed or is slow: so
 * it keeps nobody waiting. Whoever hands them in is done when each is taken or has a workflow; until then he keeps the
 * event, so that a process that dies loses none.
 */
export function createFirstTries(deps: FirstTryDependencies): (fresh: readonly Fresh[]) => Promise<void> {
  const resting = new Map<string, number>();
  const isQuick = ({ id, verifiedAt, failingSince }: EndpointRow) =>
    verifiedAt !== null && failingSince === null && (resting.get(id) ?? 0) < Date.now();
  const desk: Desk = {
    deps,
    rest: ({ id }) => void resting.set(id, Date.now() + REST),
    keepTaken: inBulk((taken: Parameters<typeof recordTaken>[1]) => recordTaken(deps, taken), BREATH),
    asItIsNow: inBulk(async (all: readonly EndpointRow[]) => {
      const rows = await findEndpoints(
        deps.db,
        all.map(({ id }) => id),
      );
      return all.map(({ id }) => rows.find((row) => row.id === id));
    }),
  };

  return async (fresh) => {
    const byEndpoint = new Map<EndpointRow, Fresh[]>();
    for (const one of fresh) {
      const its = byEndpoint.get(one.endpoint);
      if (its === undefined) byEndpoint.set(one.endpoint, [one]);
      else its.push(one);
    }
    await Promise.all(
      Array.from(byEndpoint, async ([endpoint, its]) => {
        if (isQuick(endpoint)) await tryAll(desk, endpoint, its);
        else
          await wakeAll(
            deps,
            its.map(({ id }) => id),
          );
      }),
    );
  };
}

/** What the first tries of a process share. */
interface Desk {
  readonly deps: FirstTryDependencies;
  /** Leaves an endpoint to workflows for a while. */
  readonly rest: (endpoint: EndpointRow) => void;
  readonly keepTaken: (taken: Parameters<typeof recordTaken>[1][number]) => Promise<void>;
  /** The endpoint may be elsewhere, disabled or gone since its events were read. */
  readonly asItIsNow: (endpoint: EndpointRow) => Promise<EndpointRow | undefined>;
}

/** Those of one endpoint, so many at a time. */
async function tryAll(desk: Desk, endpoint: EndpointRow, all: readonly Fresh[]): Promise<void> {
  const { deps } = desk;
  const sign = signerOf(deps, endpoint, new Date());
  const until = Date.now() + SOON;
  const settled: Promise<void>[] = [];
  const next = all.values();
  const line = async () => {
    for (const one of next) {
      const now = await desk.asItIsNow(endpoint);
      // What is disabled has given up what waits for it.
      if (now?.status !== 'active') continue;
      const left = now.generation === endpoint.generation ? until - Date.now() : 0;
      if (left <= 0) {
        settled.push(wakeSoon(deps, one.id));
        continue;
      }
      const headers = sign({ id: one.eventId, body: one.body }, new Date());
      const sending = sendTo(deps, endpoint, headers, one.body);
      const settling = sending.then(
        () => noteFirst(desk, one, sending),
        () => noteFirst(desk, one, sending),
      );
      if (await isOverWithin(left, sending)) settled.push(settling);
      else {
        desk.rest(endpoint);
        settled.push(wakeSoon(deps, one.id, SURELY));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
  await Promise.all(settled);
}

/** What came of one: it is kept as taken, or goes on as its workflow. */
async function noteFirst(desk: Desk, { id, subject, endpoint }: Fresh, sending: Promise<Sent>): Promise<void> {
  const { deps, rest, keepTaken } = desk;
  try {
    const sent = await sending;
    if (sent.milliseconds > SLOW) rest(endpoint);
    if (isTaken(sent)) return await keepTaken({ id, endpointId: endpoint.id, subject, sent });
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
