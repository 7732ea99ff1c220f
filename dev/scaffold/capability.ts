/** A line of a table, and what stands behind it there. */
export interface Line {
  readonly path: string;
  readonly before: RegExp;
  readonly line: string;
}

const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/** Where capabilities are listed. */
export function capabilityLines(capability: string, thing: string): Line[] {
  const [All, One] = [capital(capability), capital(thing)];
  return [
    { path: 'domain/task-queues.ts', before: /\] as const;/, line: `  '${capability}',\n` },
    {
      path: 'domain/events/catalogue.ts',
      before: /\} as const satisfies Readonly<Record<string, Entry/,
      line:
        `  '${thing}.begun': aboutUser(z.object({ ${thing}Id: id, userId: id }), '${thing}-workflows'),\n` +
        `  '${thing}.ended': aboutUser(z.object({ ${thing}Id: id, userId: id })),\n`,
    },
    {
      path: 'domain/events/catalogue.ts',
      before: /\} as const satisfies [^;]*;\nexport type ReaderName/,
      line: `  '${thing}-workflows': ['starts the workflow of what was begun', '${capability}'],\n`,
    },
    { path: 'db/schema/index.ts', before: /(?![^])/, line: `export * from './${capability}.ts';\n` },
    {
      path: 'use-cases/identity/all-personal-data.ts',
      before: /import \{ identityData \}/,
      line: `import { ${thing}Data } from '../${capability}/personal-data.ts';\n`,
    },
    {
      path: 'use-cases/identity/all-personal-data.ts',
      before: / {2}identity: identityData/,
      line: `  ${capability}: ${thing}Data,\n`,
    },
    {
      path: 'workers/create-workers.ts',
      before: /import type \{ Database/,
      line:
        `import { create${One}Activities } from '#activities/${capability}';\n` +
        `import { eventsFor${All} } from '#use-cases/${capability}/events-for-${capability}';\n`,
    },
    {
      path: 'workers/create-workers.ts',
      before: / {2}\} satisfies Record<Capability, \(\) => object>/,
      line: `    ${capability}: () => create${One}Activities(common),\n`,
    },
    {
      path: 'workers/create-workers.ts',
      before: / {4}kyc: erasureReader/,
      line: `    ${capability}: eventsFor${All}(deps),\n`,
    },
    {
      path: 'workflows/index.ts',
      before: /(?![^])/,
      line: `export { ${thing} } from './${thing}/${thing}.ts';\n`,
    },
    {
      path: 'api/app.ts',
      before: /import \{ deadLetterRoutes/,
      line: `import { ${thing}Routes } from './${capability}/${capability}.ts';\n`,
    },
    {
      path: 'use-cases/identity/erased.test.ts',
      before: /import \{ eraseUser \}/,
      line: `import { begin${One} } from '../${capability}/begin-${thing}.ts';\n`,
    },
    {
      path: 'use-cases/identity/erased.test.ts',
      before: / {2}waiting: \[/,
      line: `  ${capability}: [(id) => as(id, (context) => begin${One}(context, { id: uuidv7(), userId: id, note: 'my wife' }))],\n`,
    },
    {
      path: 'test/populated.ts',
      before: / {2}\]\);\n {2}const firstOf/,
      line: `    ['/v1/${capability}', (await owner.client.post('/v1/${capability}', { body: { note: 'Hello' } })).id],\n`,
    },
    {
      path: 'test/endings/others.ts',
      before: / {4}'notifications whose workflow died'/,
      line:
        `    async 'a ${thing} that ends'() {\n` +
        `      const { id } = await (await customer()).client.post('/v1/${capability}', { body: { note: 'Hello' } });\n` +
        `      await exists(\`${thing}-\${id}\`);\n` +
        `      await later(\`${thing}-\${id}\`, 8 * DAY);\n` +
        `    },\n`,
    },
    { path: 'api/app.ts', before: /\];\n\n\/\*\*\n \* The HTTP edge/, line: `  ${thing}Routes,\n` },
  ];
}

/** Its own files: a customer begins one, with a word that is personal; its workflow ends it after a week. */
export function capabilityFiles(capability: string, thing: string): Readonly<Record<string, string>> {
  const [All, One] = [capital(capability), capital(thing)];
  return {
    [`domain/${capability}/wire.ts`]: `/** What goes between the workflow and its activities, and stays in histories: a new field is optional. Instants are ISO 8601 UTC. */
interface ${One}End {
  readonly ${thing}Id: string;
  readonly at: string;
}

/** The activities of the \`${capability}\` task queue: each is one transaction, harmless to repeat. */
export interface ${All}Activities {
  end${One}: (input: ${One}End) => Promise<void>;
}
`,
    [`db/schema/${capability}.ts`]: `import { pgSchema, text, uuid } from 'drizzle-orm/pg-core';
import { id, instant } from './columns.ts';
import { users } from './identity.ts';

export const ${capability}Schema = pgSchema('${capability}');

export const ${capability} = ${capability}Schema.table('${capability}', {
  id: id(),
  userId: uuid('user_id')
    .notNull()
    .references(() => users.id),
  note: text('note').notNull(),
  begunAt: instant('begun_at').notNull(),
  /** Null while it goes on. */
  endedAt: instant('ended_at'),
});
`,
    [`db/queries/${capability}.ts`]: `import { eq } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { ${capability} } from '../schema/index.ts';

export type ${One}Row = typeof ${capability}.$inferSelect;

export async function find${One}(db: Queryable, id: string): Promise<${One}Row | undefined> {
  const [row] = await db.select().from(${capability}).where(eq(${capability}.id, id));
  return row;
}
`,
    [`use-cases/${capability}/begin-${thing}.ts`]: `import { find${One}, type ${One}Row } from '#db/queries/${capability}';
import { ${capability} } from '#db/schema/index';
import { emit, record, type Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';

/** Its workflow begins when its event is read. Beginning it twice is as good as once. @throws Problem not_found for who was erased */
export async function begin${One}(
  context: Context,
  { id, userId, note }: { readonly id: string; readonly userId: string; readonly note: string },
): Promise<${One}Row> {
  const { tx, at } = context;
  await requirePerson(tx, userId);
  const row = { id, userId, note, begunAt: at };
  const [begun] = await tx.insert(${capability}).values(row).onConflictDoNothing().returning();
  if (begun === undefined) return (await find${One}(tx, id)) ?? { ...row, endedAt: null };
  await record(context, { type: '${thing}.begun', subject: id });
  await emit(context, { type: '${thing}.begun', subject: userId, data: { ${thing}Id: id, userId } });
  return begun;
}
`,
    [`use-cases/${capability}/end-${thing}.ts`]: `import { and, eq, isNull } from 'drizzle-orm';
import { ${capability} } from '#db/schema/index';
import { emit, record, type Context } from '../context.ts';

/** Ending it twice is as good as once. */
export async function end${One}(context: Context, id: string): Promise<void> {
  const isOpen = and(eq(${capability}.id, id), isNull(${capability}.endedAt));
  const [ended] = await context.tx.update(${capability}).set({ endedAt: context.at }).where(isOpen).returning();
  if (ended === undefined) return;
  const { userId } = ended;
  await record(context, { type: '${thing}.ended', subject: id });
  await emit(context, { type: '${thing}.ended', subject: userId, data: { ${thing}Id: id, userId } });
}
`,
    [`use-cases/${capability}/events-for-${capability}.ts`]: `import type { Client } from '@temporalio/client';
import { catalogue } from '#domain/events/catalogue';
import { start${One} } from '#steering/start-${thing}';
import type { Reader } from '../events/read-batch.ts';
import { readerOf } from '../events/reader-of.ts';

/** Milliseconds that Temporal may take to accept it. */
const PATIENCE = 10_000;

/** Starts the workflow of one that was begun. */
export function eventsFor${All}(deps: {
  readonly temporal: Client;
  readonly config: { readonly TASK_QUEUE_PREFIX: string };
}): Reader {
  return readerOf('${thing}-workflows', {
    '${thing}.begun': async ({ data }) => {
      const { ${thing}Id } = catalogue['${thing}.begun'].payload.parse(data);
      await deps.temporal.withDeadline(Date.now() + PATIENCE, () => start${One}(deps, ${thing}Id));
    },
  });
}
`,
    [`use-cases/${capability}/personal-data.ts`]: `import { eq } from 'drizzle-orm';
import { ${capability} } from '#db/schema/index';
import { list, type PersonalData } from '../personal-data.ts';

export const ${thing}Data: PersonalData = {
  holds: 'what customers write of each ${thing}',
  kept: 'until the customer is erased; that it was, and when, stays',
  export: {
    ${capability}: list(({ tx, user }) => tx.select().from(${capability}).where(eq(${capability}.userId, user.id))),
  },

  async erase({ tx }, { id }) {
    await tx.update(${capability}).set({ note: '' }).where(eq(${capability}.userId, id));
  },
};
`,
    [`activities/${capability}.ts`]: `import type { Database } from '#db/client';
import { system } from '#domain/identity/roles';
import type { ${All}Activities } from '#domain/${capability}/wire';
import { transact } from '#use-cases/context';
import { end${One} } from '#use-cases/${capability}/end-${thing}';

/** The \`${capability}\` task queue's side of \`${All}Activities\`. */
export function create${One}Activities({ db }: { readonly db: Database }): ${All}Activities {
  return {
    end${One}: ({ ${thing}Id, at }) =>
      transact(db, system('${capability}'), new Date(at), (context) => end${One}(context, ${thing}Id)),
  };
}
`,
    [`workflows/${thing}/messages.ts`]: `/** The contract of the workflow. Names and meanings here are never changed while one runs; new ones are added. */
export const ${thing}WorkflowId = (${thing}Id: string) => \`${thing}-\${${thing}Id}\`;

export interface ${One}Input {
  readonly ${thing}Id: string;
}
`,
    [`workflows/${thing}/${thing}.ts`]: `import { sleep } from '@temporalio/workflow';
import type { ${All}Activities } from '#domain/${capability}/wire';
import { activitiesOf } from '../kit/activities.ts';
import type { ${One}Input } from './messages.ts';

const activities = activitiesOf<${All}Activities>('${capability}');

/** From its beginning until a week later. Workflow id \`${thing}-<${thing}Id>\`. */
export async function ${thing}({ ${thing}Id }: ${One}Input): Promise<void> {
  await sleep('7 days', { summary: 'until it ends' });
  await activities().end${One}({ ${thing}Id, at: new Date().toISOString() });
}
`,
    [`steering/start-${thing}.ts`]: `import { ${thing}WorkflowId } from '#workflows/${thing}/messages';
import { startWorkflow, type Steering } from './start-workflow.ts';

/** Starts the workflow; one that runs already is enough. */
export async function start${One}(steering: Steering, ${thing}Id: string): Promise<void> {
  await startWorkflow(steering, { type: '${thing}', id: ${thing}WorkflowId(${thing}Id), args: [{ ${thing}Id }] });
}
`,
    [`api/${capability}/${capability}.ts`]: `import { z } from '@hono/zod-openapi';
import { find${One}, type ${One}Row } from '#db/queries/${capability}';
import { uuidFor } from '#steering/uuid-for';
import { begin${One} } from '#use-cases/${capability}/begin-${thing}';
import { transact } from '#use-cases/context';
import type { ApiDependencies } from '../dependencies.ts';
import { found, owned, requiredKey } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { defineRoute, everybody, router } from '../route.ts';
import { idParam, instant, instantOrNull, text, uuid } from '../schemas.ts';

const tag = '${capability}';
const ${thing} = z
  .object({ id: uuid, note: z.string(), begunAt: instant, endedAt: instantOrNull })
  .openapi('${One}');
const present = ({ id, note, begunAt, endedAt }: ${One}Row) => ({ id, note, begunAt, endedAt });

export function ${thing}Routes(deps: ApiDependencies) {
  const { db } = deps;
  const app = router();
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/${capability}',
      summary: 'Begin one',
      tag,
      roles: ['customer'],
      idempotency: 'required',
      body: z.strictObject({ note: text() }),
      status: 201,
      answer: ${thing},
    }),
    async (c) => {
      const { id: userId, actor } = callerOf(c);
      const { note } = c.req.valid('json');
      const id = uuidFor('${thing}', userId, requiredKey(c));
      const begun = await transact(db, actor, new Date(), (context) => begin${One}(context, { id, userId, note }));
      return c.json(present(begun), 201);
    },
  );
  app.openapi(
    defineRoute(deps, {
      method: 'get',
      path: '/${capability}/{id}',
      summary: 'How it stands',
      tag,
      roles: everybody,
      guard: owned(async (id) => (await find${One}(db, id))?.userId),
      params: idParam,
      status: 200,
      answer: ${thing},
    }),
    async (c) => c.json(present(found(await find${One}(db, c.req.valid('param').id))), 200),
  );
  return app;
}
`,
  };
}
