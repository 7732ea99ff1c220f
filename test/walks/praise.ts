import type { Copy } from './copy.ts';

const useCase = 'use-cases/leases/praise.ts';
const cells = 'use-cases/leases/commands.test.ts';
const endings = 'test/endings/leases.ts';

/** A plain command of a lease: its row, its use case, and its line among the activities. */
export function addPraise(copy: Copy): void {
  copy.put(
    'domain/leases/commands.ts',
    '} as const satisfies Readonly<Record<string, Row>>;',
    'before',
    "  praise: { by: staff, in: running, does: 'praise', path: 'praise', says: 'Praise who pays', asks: { words: text } },\n",
  );
  copy.write(
    useCase,
    `import type { Ordered } from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import { recordOnLease, type Context } from '../context.ts';
import { lockLeaseFor, standingOf } from './lease-record.ts';

export async function praise(context: Context, { leaseId, words }: Ordered<'praise'>): Promise<Standing> {
  const lease = await lockLeaseFor('praise', context, leaseId);
  await recordOnLease(context, lease.row, { type: 'lease.praised', detail: { words } });
  return standingOf(lease, context.at);
}
`,
  );
  copy.put(
    'activities/leases.ts',
    'import { quoteSettlement }',
    'before',
    "import { praise } from '#use-cases/leases/praise';\n",
  );
  copy.put('activities/leases.ts', '    waiveFees: command(waiveFees),\n', 'before', '    praise: command(praise),\n');
  copy.put(cells, 'import { quoteSettlement }', 'before', "import { praise } from './praise.ts';\n");
  const given = "  praise: (context, leaseId) => praise(context, { leaseId, words: 'well paid' }),\n";
  copy.put(cells, '  writeOff: (context, leaseId) =>', 'before', given);
  copy.put(endings, '  writeOff: { reason },\n', 'before', "  praise: { words: 'well paid' },\n");
}

/** What follows of it: the customer is told, in four languages. */
export function addText(copy: Copy): void {
  const languages = { kinyarwanda: 'Mwakoze neza', luganda: 'Weebale', swahili: 'Hongera' };
  const [at, behind] = ["    case 'promised':\n", "\n  | { readonly template: 'promised'"];
  const said = (words: string) => `    case 'praised':\n      return \`${words}: \${message.words}\`;\n`;
  copy.put(
    'domain/notifications/messages.ts',
    behind,
    'before',
    "\n  | { readonly template: 'praised'; readonly words: string }",
  );
  const sending = "  praised: { urgency: 'day', isLegal: false },\n";
  copy.put('domain/notifications/messages.ts', '  promised: { urgency', 'before', sending);
  copy.put('domain/notifications/messages.ts', at, 'before', said('Well done'));
  for (const [language, words] of Object.entries(languages))
    copy.put(`domain/notifications/texts/${language}.ts`, at, 'before', said(words));
  const title = "{ en: 'Well done', sw: 'Hongera', lg: 'Weebale', rw: 'Mwakoze neza' }";
  copy.put('domain/notifications/titles.ts', '  promised: {\n', 'before', `  praised: ${title},\n`);
  const sample = "  praised: [{ template: 'praised', words: 'you pay before it is due' }],\n";
  copy.put('domain/notifications/samples.ts', '  promised: [', 'before', sample);
  copy.put(
    'workflows/lease/handlers.ts',
    '  restructure: tellOfPlan,\n',
    'before',
    "  praise: (lease, { words, commandId }) => text(lease, `praised:${commandId}`, { template: 'praised', words }),\n",
  );
}

/** And a day that the lease waits for: it stands in the books, the agenda comes by it, an activity ends it. */
export function addTimer(copy: Copy): void {
  copy.put('domain/leases/commands.ts', "  enter_arrears: ['active'],\n", 'before', '  end_praise: unpaused,\n');
  copy.put('domain/leases/agenda.ts', "  | 'resume'\n", 'before', "  | 'end_praise'\n");
  copy.put(
    'domain/leases/agenda.ts',
    '  collect(facts) {\n',
    'before',
    `  end_praise: ({ standing: { praisedUntil = null }, market }) =>
    praisedUntil === null ? null : { do: 'end_praise', at: instantOf(praisedUntil, 0, market) },
`,
  );
  copy.put(
    'domain/leases/standing.ts',
    '  /** Payment methods to charge',
    'before',
    '  /** The day on which a praise ends; absent in what was read before there were any. */\n  readonly praisedUntil?: LocalDate | null;\n',
  );
  const day = 'praisedUntil: row.praisedUntil === null ? null : localDate(row.praisedUntil)';
  copy.put('use-cases/leases/lease-record.ts', '    immobilisationId: row', 'before', `    ${day},\n`);
  const column = "    praisedUntil: date('praised_until', { mode: 'string' }),\n";
  copy.put('db/schema/leases.ts', "    promisedOn: date('promised_on'", 'before', column);
  copy.put(
    'domain/leases/wire.ts',
    '  chargeLateFees: (input: Step)',
    'before',
    '  endPraise: (input: Step) => Promise<Standing>;\n',
  );
  copy.put(
    'activities/leases.ts',
    'import { praise }',
    'before',
    'import { endPraise } from "#use-cases/leases/praise";\n',
  );
  copy.put('activities/leases.ts', '    praise: command(praise),\n', 'behind', '    endPraise: step(endPraise),\n');
  copy.put('workflows/lease/repayment.ts', "  resume: 'end of the pause',\n", 'before', "  end_praise: 'a praise',\n");
  copy.put(
    'workflows/lease/repayment.ts',
    "    case 'resume':\n",
    'before',
    "    case 'end_praise':\n      lease.stands(await leases().endPraise({ leaseId: lease.id, ...lease.now }));\n      return;\n",
  );
  copy.put(useCase, 'import { lockLeaseFor,', 'behind', ' businessDate, lockLease, updateLease,');
  copy.put(
    useCase,
    "import type { Ordered } from '#domain/leases/commands'",
    'before',
    "import { paceOf } from '#domain/leases/status';\n",
  );
  copy.put(useCase, 'import type { Ordered }', 'before', "import { mayBeTaken } from '#domain/leases/commands';\n");
  copy.put(
    useCase,
    '  return standingOf(lease, context.at);\n',
    'before',
    "  await updateLease(context, lease.row, { praisedUntil: '2030-01-01' });\n",
  );
  copy.write(
    useCase,
    `${copy.read(useCase)}
export async function endPraise(context: Context, { leaseId }: { readonly leaseId: string }): Promise<Standing> {
  const lease = await lockLease(context.tx, leaseId);
  const { praisedUntil } = lease.row;
  const isOver = praisedUntil !== null && praisedUntil <= businessDate(lease.row, context.at);
  if (!isOver || !mayBeTaken('end_praise', paceOf(lease.row))) return standingOf(lease, context.at);
  const row = await updateLease(context, lease.row, { praisedUntil: null });
  await recordOnLease(context, row, { type: 'lease.praise_ended' });
  return standingOf({ ...lease, row }, context.at);
}
`,
  );
  copy.put(cells, 'import { praise }', 'before', "import { endPraise } from './praise.ts';\n");
  copy.put(
    cells,
    '  assessmentId = randomUUID();\n',
    'before',
    "  await database.db.update(leases).set({ praisedUntil: '2026-01-09' }).where(eq(leases.id, lease.id));\n",
  );
  const cell = '  end_praise: (context, leaseId) => endPraise(context, { leaseId }),\n';
  copy.put(cells, '  resume: (context, leaseId) => resumeLease(context, { leaseId }),\n};', 'before', cell);
  const ending = "    end_praise: meets('endPraise', { praisedUntil: yesterday }),\n";
  copy.put(endings, '    charge_late_fees: meets', 'before', ending);
}
