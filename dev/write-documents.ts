import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { caseKinds } from '#domain/cases';
import { errorCodes } from '#domain/errors';
import { stepKinds, terms } from '#domain/collateral/step';
import { languageNames, languages } from '#domain/languages';
import { previews } from '#domain/notifications/previews';
import { kinds } from '#domain/notifications/titles';
import { commands, steps } from '#domain/leases/commands';
import { repossessionSteps } from '#domain/leases/demand';
import { followers, leaseStatuses, type LeaseStatus } from '#domain/leases/status';
import { markets } from '#domain/markets';
import { catalogue, eventSchema, eventTypes, readers, readersOf } from '#domain/events/catalogue';
import { workerKinds } from '#domain/task-queues';
import { rules } from '#domain/telematics/rules/index';
import { vehicleMoves } from '#domain/vehicles/states';
import { variables } from '#platform/config';
import { figures, type Figure } from '#platform/metrics/catalogue';
import { personalData } from '#use-cases/identity/all-personal-data';
import { capacityTables } from './capacity/tables.ts';
import { dashboards } from '../deploy/grafana/dashboards.ts';
import { valuesSchema } from './kubernetes-values.ts';
import { portVariables } from './ports.ts';

/** As much of a variable's JSON Schema as the table shows. */
const jsonSchema = z.object({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

/** Writes the pages of docs/ that are made from code; with `--check` it fails where one is out of date. */
const pages: Readonly<Record<string, string>> = {
  'docs/errors.md': errorsPage(),
  'docs/cases.md': casesPage(),
  'docs/environment.md': environmentPage(),
  'docs/lease-commands.md': leaseCommandsPage(),
  'docs/metrics.md': withTable('docs/metrics.md', figureRows()),
  ...Object.fromEntries(
    Object.entries(dashboards).map(([name, dashboard]) => [
      `deploy/grafana/dashboards/${name}.json`,
      `${JSON.stringify(dashboard, null, 2)}\n`,
    ]),
  ),
  'deploy/kubernetes/files/kinds-of-work.txt': `${workerKinds.join('\n')}\n`,
  'deploy/kubernetes/values.schema.json': `${JSON.stringify(valuesSchema, null, 2)}\n`,
  'docs/capacity.md': withTable('docs/capacity.md', ...capacityTables()),
  'docs/collateral.md': withTable('docs/collateral.md', collateralRows()),
  'docs/events.md': withTable('docs/events.md', readerRows(), eventRows()),
  'docs/identity.md': withTable('docs/identity.md', personalDataRows()),
  'docs/notifications.md': withTable('docs/notifications.md', translationRows()),
  'docs/telematics.md': withTable('docs/telematics.md', ruleRows()),
  'docs/vehicles.md': withTable('docs/vehicles.md', vehicleMoveRows()),
};

const stale = Object.entries(pages).filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text);
if (process.argv.includes('--check')) {
  for (const [path] of stale) process.stderr.write(`${path} is out of date\n`);
  if (stale.length > 0) process.stderr.write('run: npm run documents\n');
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [path, text] of stale) writeFileSync(path, text);
  for (const [path] of stale) process.stdout.write(`${path} written\n`);
}

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, [status, meaning]]) => [`\`${code}\``, String(status), meaning]);
  return page(
    'Error codes',
    'domain/errors.ts',
    'Every refusal is `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `detail`, `code` and ' +
      '`requestId`; bad input also has `errors[]` with a dotted `path` and a `message` each. Decide by `code`: it is ' +
      'part of the contract, the texts are for people.',
    table(['Code', 'Status', 'Meaning'], rows),
  );
}

function figureRows(): string[][] {
  const rows = Object.entries<Figure>(figures).map(([name, { type, labels, help, shownBy }]) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
    shownBy,
  ]);
  return [['Figure', 'Type', 'Labels', 'What it says', 'Shown by'], ...rows];
}

function casesPage(): string {
  const rows = Object.entries(caseKinds).map(([kind, [means, whoDoesWhat]]) => [`\`${kind}\``, means, whoDoesWhat]);
  return page(
    'Cases',
    'domain/cases.ts',
    'What a person has to look at: `GET /v1/cases?kind=&status=&leaseId=&paymentId=`, for staff, and ' +
      '`POST /v1/cases/{id}/close` `{resolution}`. While one is open for a kind and what it is about there is no other. ' +
      '`detail` has ids, sums and words of the system, nothing personal.',
    table(['Kind', 'What it means', 'Who does what'], rows),
  );
}

function leaseCommandsPage(): string {
  const rules = Object.entries(commands);
  const sent = rules.flatMap(([name, rule]) =>
    'beside' in rule ? [] : [[named(name), rule.by.join(', '), listed(rule.in)]],
  );
  const beside = rules.flatMap(([name, rule]) =>
    'beside' in rule ? [[named(name), rule.by.join(', '), `${listed(rule.in)}; ${rule.beside}`]] : [],
  );
  const kept = Object.entries(repossessionSteps).map(([name, rule]) => [
    named(name),
    rule.by.join(', '),
    listed(rule.in),
  ]);
  const taken = Object.entries(steps).map(([step, statuses]) => [`\`${step}\``, listed(statuses)]);
  const moves = leaseStatuses.map((from) => [`\`${from}\``, listed(followers[from])]);
  return page(
    'What a lease takes',
    'domain/leases/commands.ts and domain/leases/status.ts',
    'The workflow goes by this table to answer at once, its use case again with the lease locked; the role is checked by ' +
      'the route and by the use case. The platform itself gives any command that it has to. See [leases](leases.md).',
    table(['Command', 'Given by', 'While the lease is'], sent),
    '## Booked beside the workflow',
    'Money that is there already is given at the API and booked at once, with the lease locked; the workflow hears of it ' +
      'after the commit. It was a command once: a workflow takes it where its history has it.',
    table(['Use case', 'Given by', 'While the lease is'], beside),
    '## Of a vehicle that is taken back',
    'Each is done at the API, with the lease locked: see [repossession](leases.md#when-a-vehicle-is-taken-back).',
    table(['Use case', 'Given by', 'While the lease is'], kept),
    '## Steps that a lease takes by itself',
    table(['Step', 'While the lease is'], taken),
    '## Which status may follow which',
    table(['From', 'To'], moves),
  );
}

function named(name: string): string {
  return `\`${name}\``;
}

function listed(statuses: readonly LeaseStatus[]): string {
  if (statuses.length === leaseStatuses.length) return 'in any status';
  return statuses.length === 0 ? '–' : statuses.map(named).join(', ');
}

function environmentPage(): string {
  const meanings = descriptions();
  const rows = Object.entries(variables.shape).map(([name, field]) => [
    `\`${name}\``,
    wanted(field),
    missing(field),
    meanings.get(name) ?? '',
  ]);
  const ports = Object.entries(portVariables).map(([name, port]) => [`\`${name}\``, String(port.default), port.use]);
  return page(
    'Environment',
    'platform/variables',
    'Read once at the start of each process. A missing or wrong value stops it with exit code 78 and the name of the ' +
      'variable; an empty one counts as absent. `npm start` supplies every value itself.',
    table(['Variable', 'Wants', 'If absent', 'Meaning'], rows),
    '## Ports of the embedded platform\n\nA taken port stops `npm start` and is named with the variable that moves it.',
    table(['Variable', 'Default', 'What listens'], ports),
  );
}

/** A page of which the tables between two comments each are made from code. */
function withTable(path: string, ...tables: string[][][]): string {
  const between = /(?<=<!-- Made from [^\n]*-->\n)[^]*?(?=<!-- Until here -->)/g;
  const made = tables.map(([head = [], ...rows]) => `\n${table(head, rows)}\n\n`);
  return readFileSync(path, 'utf8').replace(between, () => made.shift() ?? '');
}

function readerRows(): string[][] {
  const rows = Object.entries(readers).map(([name, [does, runsWith]]) => {
    const types = eventTypes.filter((type) => readersOf(type).some((reader) => reader === name));
    const takes = types.length === eventTypes.length ? 'every event' : types.map(named).join(', ');
    return [named(name), takes, does, runsWith === 'relay' ? 'a process of its own' : named(runsWith)];
  });
  return [['Reader', 'Takes', 'What it does', 'Runs with the worker of'], ...rows];
}

function eventRows(): string[][] {
  const rows = eventTypes.map((type) => {
    const { about, heardBy } = catalogue[type];
    return [`\`${type}\``, about, heardBy.join(', '), fieldsOf(eventSchema(type))];
  });
  return [['Type', 'Subject', 'Heard by', 'Data'], ...rows];
}

/** Kinds that somebody is told in English though his language is another. */
function translationRows(): string[][] {
  const wanted = languages.filter((language) => language !== 'en');
  const rows = kinds.flatMap((kind) => {
    const all = previews({ kind, channel: 'sms' });
    const missing = wanted.filter((language) => all.some((one) => one.language === language && one.writtenIn === 'en'));
    const isLegal = all.every((one) => one.isLegal) ? 'yes' : all.some((one) => one.isLegal) ? 'at times' : '';
    return missing.length === 0 ? [] : [[`\`${kind}\``, isLegal, missing.map((one) => languageNames[one]).join(', ')]];
  });
  return [['Kind', 'Legal notice', 'Told in English to who speaks'], ...rows];
}

function collateralRows(): string[][] {
  const rows = markets.flatMap((market) =>
    stepKinds.map((kind) => {
      const { register, law, days, from, isTermOfLaw } = terms[market][kind];
      const within = `${days} days${from === 'signature' ? ' from the signature' : ''}`;
      return [market, `\`${kind}\``, register, within, isTermOfLaw ? 'the law’s' : 'the house’s', law];
    }),
  );
  return [['Market', 'Step', 'Register', 'Within', 'Whose term', 'From'], ...rows];
}

function vehicleMoveRows(): string[][] {
  const rows = vehicleMoves.map(({ from, to, by, when }) => [from, to, by.join(', '), when]);
  return [['From', 'To', 'By', 'When'], ...rows];
}

function personalDataRows(): string[][] {
  const rows = Object.entries(personalData).map(([capability, { holds, kept }]) => [`\`${capability}\``, holds, kept]);
  return [['Capability', 'What it holds', 'How long'], ...rows];
}

/** `leaseId`, `amount`, `reason?` */
function fieldsOf({ properties = {}, required = [] }: z.core.JSONSchema.BaseSchema): string {
  return Object.keys(properties)
    .map((name) => `\`${name}${required.includes(name) ? '' : '?'}\``)
    .join(', ');
}

function ruleRows(): string[][] {
  const rows = rules.flatMap((rule) =>
    'reserved' in rule ? [] : [[`\`${rule.type}\``, rule.severity, rule.begins, rule.ends]],
  );
  return [['Type', 'Severity', 'Begins', 'Ends'], ...rows];
}

/** What stands in the doc comment right above a variable. */
function descriptions(): Map<string, string> {
  const parts = readdirSync('platform/variables').map((name) => readFileSync(`platform/variables/${name}`, 'utf8'));
  const source = parts.join('');
  const documented = source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\n {2}([A-Z][A-Z0-9_]*):/g);
  return new Map(
    Array.from(documented, ([, text = '', name = '']) => [name, text.replaceAll(/\s*\n\s*\* ?/g, ' ').trim()]),
  );
}

function wanted(field: z.ZodType): string {
  const schema = jsonSchema.parse(z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' }));
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.format === 'uri') return 'URL';
  if (schema.pattern !== undefined) return `text like \`${schema.pattern}\``;
  if (schema.type !== 'integer' && schema.type !== 'number') return 'text';
  const { minimum, maximum } = schema;
  const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  const kind = schema.type === 'integer' ? 'integer' : 'number';
  return `${kind}, ${minimum ?? 0}${bounded ? ` to ${maximum}` : ' or more'}`;
}

function missing(field: z.ZodType): string {
  const parsed = field.safeParse(undefined);
  if (!parsed.success) return '**needed**';
  const value = parsed.data;
  if (value === undefined) return 'off';
  return Array.isArray(value) || value === ''
    ? 'empty'
    : `\`${z.union([z.string(), z.number(), z.boolean()]).parse(value)}\``;
}

function page(title: string, source: string, ...parts: readonly string[]): string {
  return `# ${title}\n\n<!-- Made from ${source} by \`npm run documents\`; \`npm run check\` compares. -->\n\n${parts.join('\n\n')}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
