import { z } from '@hono/zod-openapi';
import { journalAccounts, readJournal, trialBalance } from '#db/queries/ledger';
import { addDays, localDate, type LocalDate } from '#domain/calendar';
import {
  journalFormats,
  journalHead,
  journalTransfer,
  openingTransfer,
  type JournalFormat,
} from '#domain/ledger/journal';
import type { ApiDependencies } from '../dependencies.ts';
import { adminOnly, defineRoute, nothing, type router } from '../route.ts';
import { businessDay } from './schemas.ts';

const mediaType = 'text/plain';

/** The books as a file for plain-text accounting; with `from`, what was before it is one opening entry. */
export function journalRoute(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  const route = defineRoute(deps, {
    method: 'get',
    path: '/ledger/journal',
    summary: 'The books as a journal of hledger or Beancount; `from` and `to` are business dates, both inclusive',
    tag: 'ledger',
    roles: adminOnly,
    query: z
      .object({
        format: z.enum(journalFormats).default('hledger'),
        from: businessDay.optional(),
        to: businessDay.optional(),
      })
      .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
        path: ['to'],
        error: 'must not be before from',
      }),
    status: 200,
    answer: nothing,
  });
  const found = { description: 'The journal', content: Object.fromEntries([[mediaType, { schema: z.string() }]]) };
  app.openapi({ ...route, responses: { ...route.responses, 200: found } }, async (c) => {
    const { format, from, to } = c.req.valid('query');
    return c.body(journalFile(deps, format, from, to), 200, {
      'content-type': `${mediaType}; charset=utf-8`,
      'content-disposition': `attachment; filename="books.${format}"`,
      'cache-control': 'private, no-store',
    });
  });
}

/** The file, written while it is taken; what fails breaks the connection, so that half a journal is not taken for a whole one. */
function journalFile(deps: ApiDependencies, format: JournalFormat, from?: LocalDate, to?: LocalDate) {
  return ReadableStream.from(write(deps, format, from, to)).pipeThrough(new TextEncoderStream());
}

async function* write(deps: ApiDependencies, format: JournalFormat, from?: LocalDate, to?: LocalDate) {
  const { names, first } = await journalAccounts(deps.db, to);
  yield journalHead(format, names, first);
  if (from !== undefined) yield journalTransfer(format, await openingOf(deps, from));
  for await (const page of readJournal(deps.db, from, to))
    yield page.map((transfer) => journalTransfer(format, transfer)).join('');
}

/** What every account held at the end of the day before. */
async function openingOf({ db }: ApiDependencies, from: LocalDate) {
  const before = localDate(addDays(from, -1));
  return openingTransfer(before, (await trialBalance(db, before)).accounts);
}
