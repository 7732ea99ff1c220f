import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { handlersThatDoMore, routesThatDoIt, strangeWriters, unaudited } from './audit-trail.ts';
import { wholesWithin } from './use-case-kinds.ts';

/** What writes without an audit entry, and why it may. */
const without = {
  'identity/send-code.ts:sendCode': 'the code of a login',
  'identity/end-sessions.ts:endSessions': 'logging out: the session tells when',
  'identity/retention.ts:identityRetention': 'codes, sessions and answers that are over',
  'kyc/check-identity.ts:checkIdentity':
    'what is between us and the provider; its verdict is decided upon and told then',
  'kyc/check-identity.ts:askVerdict': 'the same',
  'kyc/check-identity.ts:send': 'the same',
  'kyc/check-identity.ts:whenNotSent': 'the same',
  'telematics/record-look.ts:recordLook': 'the look itself is on record, for the customer',
  'telematics/record-look.ts:recordSeen': 'the same',
  'telematics/end-risks.ts:endRisks': 'a risk tells when it ended; the vehicle has told why',
  'collateral/tell-late-steps.ts:tellLateSteps': 'the case that it opens tells',
  'telematics/locate-stolen.ts:locateStolen': 'what a vehicle is asked is a command, which tells of itself',
  'identity/deliver-code.ts:deliverCode': 'the code of a login',
  'notifications/advance-notification.ts:advanceNotification': 'notifications have a table that tells of them',
  'notifications/take-receipt.ts:takeReceipt': 'the same',
  'notifications/move-clocks.ts:moveClocks': 'how far clocks are ahead, in development',
  'notifications/reply-by-text.ts:replyByText': 'the same',
  'notifications/wake-notifications.ts:wakeNotifications': 'the same',
  'support/keep-unread.ts:keepUnread': 'keeps what came, of which nothing can be done',
  'support/tell-customer.ts:tellCustomer': 'notifications have a table that tells of them',
  'support/tell-of-answer.ts:tellOfAnswer': 'the same',
  'support/tell-of-turn.ts:tellOfTurn': 'the same',
  'parties/events-for-parties.ts:tell': 'the same',
  'ussd/help-stranger.ts:helpStranger': 'the same, of somebody whom we do not know',
  'ussd/session.ts:openUssdSession': 'where a phone is in its screens; what it does there is told of then',
  'ussd/session.ts:keepAnswer': 'the same',
  'ussd/pay-once.ts:payOnce': 'who ordered it first; the payment tells of itself',
  'payments/outcomes/receive-callback.ts:keepCallback':
    'keeps what came; it is told of when the provider has said what is true',
  'payments/inbound/announce-inbound.ts:announceInbound': 'keeps what came; it is told of when it finds its place',
  'payments/inbound/announce-inbound.ts:keep': 'the same',
  'payments/reconciliation/take-in.ts:takeIn': 'the same',
  'payments/charging/collect.ts:claim': 'when it was sent; the payment tells of itself',
  'payments/charging/take-turn.ts:takeTurn': 'who is prompted when; the payment tells of itself',
  'payments/charging/take-turn.ts:take': 'the same',
  'leases/once.ts:once': 'the work that it lets through tells',
  'leases/lease-record.ts:noteClock': 'how far a clock is ahead, in development',
  'leases/observe-clock.ts:observeClock': 'the same',
  'events/place-events.ts:placeEvents': 'where readers are',
  'events/place-events.ts:placeAllEvents': 'the same',
  'events/read-events.ts:readEvents': 'the same',
  'events/pass-over.ts:passOver': 'the same',
  'events/read-batch.ts:ensureReader': 'the same',
  'events/read-batch.ts:readBatch': 'the same',
  'events/retention.ts:eventRetention': 'events that everybody has heard',
  'telematics/count-distances.ts:countDistances': 'sums of positions',
  'telematics/count-distances.ts:countVehicle': 'the same',
  'telematics/keep-positions.ts:telematicsRetention': 'positions that nobody may keep longer',
  'telematics/mark-presence.ts:markSilent': 'what trackers say has tables of its own',
  'telematics/take-command.ts:takeCommand': 'that it was ordered tells; when it went out it says itself',
  'telematics/take-command.ts:take': 'the same',
  'telematics/take-command.ts:unansweredStart': 'writes nothing: what was ordered is said again',
  'telematics/store-batch.ts:storeBatch': 'the same',
  'telematics/unit-words.ts:noteFailure': 'that it failed is in the list of dead letters',
  'webhooks/try-delivery.ts:tryDelivery':
    'the log of its requests tells of each, and so since when an endpoint answers or fails',
  'webhooks/try-delivery.ts:noteTry': 'the same',
  'webhooks/try-delivery.ts:putOff': 'the same',
  'webhooks/events-for-endpoints.ts:eventsForEndpoints': 'the same',
  'webhooks/wake-next.ts:wakeNext': 'the same',
  'portfolio/keep-day.ts:keepDay': 'sums over all leases',
  'upkeep/canonical-phones.ts:rewritePayers': 'another spelling of the same number',
} as const;

/** What writes another capability's rows, and why it may. */
const strangers = {
  "telematics/raise-risks.ts: events's events.outbox": 'risks and their events in one statement, by the hundred',
  "telematics/store-batch.ts: events's events.audit": 'the entries of a batch in one statement',
  "upkeep/canonical-phones.ts: identity's pins": 'a PIN is good for one spelling of its phone',
  "upkeep/canonical-phones.ts: identity's users": 'rewrites how a number was spelt wherever it stands, once',
  "upkeep/canonical-phones.ts: leases's leases": 'the same',
  "upkeep/canonical-phones.ts: payments's attempts": 'the same',
  "upkeep/canonical-phones.ts: payments's inbound": 'the same',
  "upkeep/canonical-phones.ts: payments's methods": 'the same',
} as const;

const rooms = ['activities', 'api', 'db', 'platform', 'steering', 'use-cases', 'workers'];
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...rooms], {
  encoding: 'utf8',
});
const sources = new Map(
  files
    .split('\n')
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith('db/migrations/'))
    .map((path) => [path, readFileSync(path, 'utf8')]),
);

describe('the audit trail', () => {
  const found = unaudited(sources);

  it('has an entry of every transaction that writes, but for what is listed', () => {
    expect(found.transactions).toEqual(
      Object.keys(without)
        .map((one) => `use-cases/${one}`)
        .toSorted(),
    );
  });

  it('has an entry of every movement of money', () => {
    expect(found.money).toEqual([]);
  });

  it('has an entry of every case that is opened or closed, since they are written in one place', () => {
    expect(found.cases).toEqual([]);
  });
});

/** Files of which more functions than three take a transaction from who calls them: what others are made of, and what is still to be parted. */
const several = [
  'cases/open-case.ts',
  'context.ts',
  'immobilisation/command-vehicle.ts',
  'leases/before-end.ts',
  'leases/end-lease.ts',
  'leases/lease-record.ts',
  'leases/promise-payment.ts',
  'leases/quote-cover.ts',
  'leases/settle-early.ts',
  'leases/undo-late-fees.ts',
  'parties/guarantee-record.ts',
  'parties/transfer-record.ts',
  'payments/cash/check-float.ts',
  'support/ticket-record.ts',
  'upgrades/upgrade-record.ts',
];

it('what is read back of the audit trail to decide by is typed where it is written', () => {
  const reads = [...sources].filter(
    ([path, text]) =>
      path.startsWith('use-cases/') && /\baudit\.detail\b/.test(text) && !text.includes("from '#domain/audit'"),
  );
  // It only leaves a field out of what a person is given.
  expect(reads.map(([path]) => path)).toEqual(['use-cases/leases/personal-data.ts']);
});

it('a file of use cases has a verb, what undoes it, and what ends it by itself', () => {
  const verbs = /^export (?:async )?function \w+(?:<[^>]*>)?\(\s*(?:context\b|tx\b|\{[^}]*\btx\b)/gm;
  const found = [...sources].flatMap(([path, text]) =>
    path.startsWith('use-cases/') && [...text.matchAll(verbs)].length > 3 ? [path.replace('use-cases/', '')] : [],
  );
  expect(found.toSorted()).toEqual(several);
});

it('a use case that opens transactions of its own is never called within one', () => {
  expect(wholesWithin(sources)).toEqual([]);
  const whole = 'export async function whole({ db }: Dependencies) {\n  await db.execute(one);\n}\n';
  const step = 'export async function step(context: Context, deps: Dependencies) {\n  await whole(deps);\n}\n';
  const found = (text: string) =>
    wholesWithin(
      new Map([
        ['use-cases/leases/whole.ts', whole],
        ['use-cases/payments/made.ts', `import { whole } from '../leases/whole.ts';\n${text}`],
      ]),
    );
  expect(found(step)).toEqual(['use-cases/payments/made.ts:step > whole']);
  const within = 'const made = (deps: Dependencies) => transact(deps.db, (context) => whole(deps));\n';
  expect(found(within)).toEqual(['use-cases/payments/made.ts:transact > whole']);
  expect(found('export async function other(deps: Dependencies) {\n  await whole(deps);\n}\n')).toEqual([]);
});

it('a handler of a route has one thing done: nobody is left with the half of it', () => {
  expect(handlersThatDoMore(sources)).toEqual([]);
  const handler = (text: string) =>
    "import { transact } from '#use-cases/context';\nimport { tell } from '#steering/tell';\n" +
    `export function routes(app: App) {\n  app.openapi(\n    { path: '/made' },\n    async (c) => {\n${text}    },\n  );\n}\n`;
  const done = (text: string) =>
    handlersThatDoMore(
      new Map([
        ['api/leases/made.ts', handler(text)],
        ['steering/tell.ts', 'export const tell = (temporal: Client) => temporal.workflow.getHandle(1).signal(2);\n'],
      ]),
    );
  const once = '      await transact(db, (context) => made(context));\n';
  expect(done(once)).toEqual([]);
  expect(done(`${once}      await tell(temporal);\n`)).toEqual(['api/leases/made.ts /made: transact, tell']);
});

it('a route asks no rows and steers no workflow by itself', () => {
  expect(routesThatDoIt(sources)).toEqual([]);
  for (const text of [
    'await deps.sql`update leases.leases set credit = 0`;',
    'await db.update(leases).set({ credit: 0 });',
    'await deps.temporal.workflow.getHandle(id).signal(one);',
    'await deps.temporal.workflow.start(one, {});',
  ])
    expect(routesThatDoIt(new Map([['api/leases/made.ts', text]])), text).toHaveLength(1);
  const handed = 'await settle(deps.sql, deps.db, deps.temporal);';
  expect(routesThatDoIt(new Map([['api/leases/made.ts', handed]]))).toEqual([]);
});

it('each capability writes its own tables', () => {
  expect(strangeWriters(sources)).toEqual(Object.keys(strangers));
  const made = (text: string) =>
    strangeWriters(
      new Map([
        ['db/schema/leases.ts', "const own = pgSchema('leases');\nexport const leases = own.table('leases', {});\n"],
        ['use-cases/vehicles/a.ts', `import { leases as rows } from '#db/schema/index';\n${text}`],
      ]),
    );
  for (const text of [
    'await tx.update(rows).set({ credit: 0 });',
    'await tx.execute(sql`delete from ${rows}`);',
    'await sql`update leases.leases set credit = 0`;',
    'prebuiltUpdate(rows, () => {});',
  ])
    expect(made(text), text).toHaveLength(1);
  expect(made('await tx.select().from(rows);')).toEqual([]);
});

const context = "import { record, transact, type Context } from '../context.ts';\n";
const made = (text: string, more: Readonly<Record<string, string>> = {}) =>
  unaudited(new Map(Object.entries({ 'use-cases/leases/made.ts': context + text, ...more })));
const route = { 'api/leases/made.ts': "import { made } from '#use-cases/leases/made';\n" };
const write = '  await context.tx.update(leases).set({ credit: 0 });\n';

describe('what it is found by', () => {
  it.each([
    ['is called by a route', `export async function made(context: Context) {\n${write}}\n`, route],
    [
      'begins a transaction',
      `export const made = (db: Database) => transact(db, async (context) => {\n${write}});\n`,
      {},
    ],
    [
      'writes without one',
      'export async function made({ db }: Deps) {\n  await db.insert(leases).values({});\n}\n',
      {},
    ],
    [
      'has another write',
      `async function other(context: Context) {\n${write}}\n\nexport const made = (context: Context) => other(context);\n`,
      route,
    ],
    [
      'writes in words',
      'export async function made({ tx }: Context) {\n  await tx`\n    update leases.leases set credit = 0`;\n}\n',
      route,
    ],
    [
      'opens a case beside it',
      `import { openCase } from '../cases/open-case.ts';\nexport async function made(context: Context) {\n${write}  await openCase(context, {});\n}\n`,
      {
        ...route,
        'use-cases/cases/open-case.ts':
          'export async function openCase(context: Context) {\n  await record(context, {});\n}\n',
      },
    ],
  ])('a use case that %s and tells nobody', (_, text, more) => {
    expect(made(text, more).transactions).toEqual(['use-cases/leases/made.ts:made']);
    const told = text.replace('export', 'const tell = (context: Context) => record(context, {});\nexport');
    const telling = told.replace(/(\n?)(\}?\)?;?\n)$/, (end) => `  // told\n  tell;${end}`);
    expect(made(telling, more).transactions).toEqual([]);
  });

  it('a use case of whose changes an entry is made on a condition alone, by what writes them', () => {
    const kept = (tell: string) => ({
      ...route,
      'use-cases/leases/lease-record.ts':
        "import { record, type Context } from '../context.ts';\n" +
        'const updateRow = prebuiltUpdate(leases, (db) => db.update(leases).set({}));\n\n' +
        `export async function updateLease(context: Context, row: Row) {\n  await updateRow(context.tx);\n${tell}  return row;\n}\n\n` +
        'async function creditFell(context: Context) {\n  await record(context, {});\n}\n',
    });
    const text =
      "import { updateLease } from './lease-record.ts';\n" +
      'export async function made(context: Context) {\n  await updateLease(context, row);\n}\n';
    const named = ['use-cases/leases/made.ts:made'];
    for (const tell of [
      '  if (row.credit < 0) await creditFell(context);\n',
      '  if (row.credit < 0)\n    await creditFell(context);\n',
      '  if (row.isNew) {\n    row.seen = true;\n\n    await creditFell(context);\n  }\n',
      '  if (row.isNew) {\n    row.seen = true;\n  } else {\n    await creditFell(context);\n  }\n',
      '  const after = row.isNew ? row : await creditFell(context);\n',
    ])
      expect(made(text, kept(tell)).transactions, tell).toEqual(named);
    expect(made(text, kept('  if (row.isNew) row.seen = true;\n  await creditFell(context);\n')).transactions).toEqual(
      [],
    );
    const telling = text.replace('row);\n', 'row);\n  if (row.isNew) await record(context, {});\n');
    expect(made(telling, kept('  if (row.credit < 0) await creditFell(context);\n')).transactions).toEqual([]);
  });

  it('money that others have posted', () => {
    const text =
      'export async function made(context: Context) {\n  await post(context);\n}\n\n' +
      'async function post(context: Context) {\n  await postTransfer(context, {});\n}\n';
    expect(made(text).money).toEqual(['use-cases/leases/made.ts:made']);
    expect(made(text.replace('await post(', 'await record(context, {});\n  await post(')).money).toEqual([]);
  });

  it('a case that is written elsewhere', () => {
    expect(made('export const made = ({ tx }: Context) => tx.insert(cases).values({});\n').cases).toHaveLength(1);
  });
});

/** Loops over what a sweep has found: `path: the line that it begins with`. */
function loopsThatBeat(texts: ReadonlyMap<string, string>): string[] {
  return [...texts].flatMap(([path, text]) =>
    [...text.matchAll(/^( *)(for (?:await )?\(const [^\n]* of [^\n]*) \{\n([^]*?)^\1\}/gm)]
      .filter(([, , , body = '']) => /\bbeat\(\);/.test(body) && !body.includes('catch (error)'))
      .map(([, , head]) => `${path}: ${head}`),
  );
}

describe('a sweep', () => {
  it('goes on with the others where one of what it has found fails: by `doEach` or `attemptEach`', () => {
    const useCases = new Map([...sources].filter(([path]) => path.startsWith('use-cases/')));
    // The days of one vehicle, of which none is written without the others.
    expect(loopsThatBeat(useCases)).toEqual(['use-cases/telematics/count-distances.ts: for (const { day } of taken)']);
    const one = 'async function sweep() {\n  for (const { id } of due) {\n    beat();\n    await end(id);\n  }\n}\n';
    expect(loopsThatBeat(new Map([['use-cases/leases/made.ts', one]]))).toHaveLength(1);
  });
});
