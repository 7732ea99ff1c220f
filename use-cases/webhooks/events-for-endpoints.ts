import { uuidv7 } from 'uuidv7';
import { allEndpoints, amongIds, deliveriesInTurn, ofMessages, type EndpointRow } from '#db/queries/webhooks';
import { cloudEvent, type StoredEvent } from '#domain/events/cloud-event';
import { isForIntegrators } from '#domain/webhooks/message';
import { inBulk } from '#platform/in-bulk';
import type { Reader } from '../events/read-batch.ts';
import { createFirstTries, type FirstTryDependencies } from './first-tries.ts';
import { eraseFromDeliveries } from './personal-data.ts';
import { queueDeliveries } from './queue-deliveries.ts';
import { wakeAll } from './wake.ts';

/** Events that are read at a time; deliveries that are done before others, and that are queued and tried at a time. */
const EVENTS = 1_000;
const TOGETHER = 1_000;
const DELIVERIES = 250;

/**
 * Queues each event for the endpoints that hear it, in the order of its subject, and tries those whose turn it is and what
 * is behind them. What is behind another is woken by whoever settles that one: this one is looked for after the commit, so
 * one of us sees it.
 * What an endpoint that is disabled would hear is dead from the beginning, and can be redriven once it is active again. An
 * event that comes again was queued before by a process that died: its deliveries are left to their workflows.
 */
export function eventsForEndpoints(deps: FirstTryDependencies): Reader {
  const { db } = deps;
  const tryFirst = createFirstTries(deps);

  /** @returns those whose turn it is, with what is behind them */
  async function queue(messages: readonly Message[]): Promise<Message[][]> {
    const added = new Set(await queueDeliveries(db, messages, new Date()));
    const its = added.size === messages.length ? amongIds([...added]) : ofMessages(messages);
    const inTurn = await deliveriesInTurn(db, its, messages.length);
    await wakeAll(
      deps,
      inTurn.filter((id) => !added.has(id)),
    );
    const fresh = chainsOf(messages.filter(({ id }) => added.has(id)));
    const turn = new Set(inTurn);
    return fresh.filter(([first]) => first !== undefined && turn.has(first.id));
  }

  /** Some are queued while those before them are sent, and these are written down while the next are. */
  async function tell(messages: readonly Message[]): Promise<void> {
    const begun: ReturnType<typeof tryFirst>[] = [];
    try {
      for (const some of inParts(messages)) {
        const [chains] = await Promise.all([queue(some), begun.at(-1)?.sent]);
        begun.push(tryFirst(chains));
      }
    } finally {
      // None is left behind, also where another has failed.
      await Promise.allSettled(begun.map(({ done }) => done));
    }
    await Promise.all(begun.map(({ done }) => done));
  }

  const take = inBulk(async (events: readonly StoredEvent[]) => {
    const endpoints = await allEndpoints(db);
    const messages = events
      .filter(({ type }) => isForIntegrators(type))
      .flatMap((event) =>
        endpoints.filter((endpoint) => hears(endpoint, event)).map((endpoint) => messageFor(event, endpoint)),
      );
    for (let from = 0; from < messages.length; from += TOGETHER) await tell(messages.slice(from, from + TOGETHER));
    return events.map(() => undefined);
  });

  return {
    name: 'webhooks',
    atOnce: EVENTS,
    keepsOrder: true,
    async take(event) {
      await take(event);
      // Also what was read together with the erasure is queued by now.
      if (event.type === 'user.erased') await db.transaction((tx) => eraseFromDeliveries(tx, event.subject));
    },
  };
}

/** Whether an endpoint asks for events of its type, and began to listen before it. */
const hears = ({ since, types }: EndpointRow, { position, type }: StoredEvent) =>
  since < position && (types === null || types.includes(type));

/** So many or more at a time: of each endpoint all that it hears of a subject. */
function* inParts(all: readonly Message[]): Generator<Message[]> {
  let part: Message[] = [];
  for (const chain of chainsOf(all)) {
    part.push(...chain);
    if (part.length < DELIVERIES) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

/** Of each endpoint those of each subject, in their order. */
function chainsOf(all: readonly Message[]): Message[][] {
  const chains = new Map<string, Message[]>();
  for (const one of all) {
    const key = `${one.endpointId}:${one.subject}`;
    const chain = chains.get(key);
    if (chain === undefined) chains.set(key, [one]);
    else chain.push(one);
  }
  return [...chains.values()];
}

type Message = ReturnType<typeof messageFor>;

function messageFor(event: StoredEvent, endpoint: EndpointRow) {
  const { id: eventId, type, subject, sequence } = event;
  const body = JSON.stringify(cloudEvent(event));
  return { id: uuidv7(), endpointId: endpoint.id, eventId, type, subject, sequence, body, endpoint };
}
