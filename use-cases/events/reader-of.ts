import { typesTakenBy, type EventType, type ReaderName, type TakenBy } from '#domain/events/catalogue';
import type { Reader } from './read-batch.ts';

type Take = Reader['take'];

/** A reader that does with each type what its table says: the compiler asks for every type that it takes. */
export function readerOf<Name extends ReaderName>(
  name: Name,
  takes: Readonly<Record<TakenBy<Name>, Take>>,
  more: Pick<Reader, 'formerly'> = {},
): Reader {
  const byType: Readonly<Partial<Record<EventType, Take>>> = takes;
  return { name, ...more, types: typesTakenBy(name), take: async (event) => byType[event.type]?.(event) };
}
