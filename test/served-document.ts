import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { roles, type Role } from '#domain/identity/roles';
import { call } from './api-world.ts';

/** A JSON schema as the served document has it, as far as faults are made from it. */
export interface Schema {
  readonly type?: string | readonly string[] | undefined;
  readonly $ref?: string | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly format?: string | undefined;
  readonly items?: Schema | undefined;
  readonly default?: unknown;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly exclusiveMinimum?: number | undefined;
  readonly minLength?: number | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
  readonly allOf?: readonly Schema[] | undefined;
}
const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    $ref: z.string().optional(),
    properties: z.record(z.string(), schema).optional(),
    required: z.array(z.string()).optional(),
    enum: z.array(z.unknown()).optional(),
    format: z.string().optional(),
    items: schema.optional(),
    default: z.unknown().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    minLength: z.number().optional(),
    anyOf: z.array(schema).optional(),
    oneOf: z.array(schema).optional(),
    allOf: z.array(schema).optional(),
  }),
);
const parameter = z.object({
  in: z.enum(['path', 'query', 'header']),
  name: z.string(),
  required: z.boolean().optional(),
  schema,
});
const document = z.object({
  components: z.object({ schemas: z.record(z.string(), schema) }),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        'x-roles': z.array(z.enum(roles)).optional(),
        parameters: z.array(parameter).optional(),
        requestBody: z
          .object({ required: z.boolean(), content: z.record(z.string(), z.object({ schema })) })
          .optional(),
      }),
    ),
  ),
});

/** An operation of the served OpenAPI document. */
export interface Operation {
  /** Method and path, as the document has them. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** Undefined where no token is needed. */
  readonly roles: readonly Role[] | undefined;
  readonly query: Readonly<Record<string, Schema>>;
  /** Parameters without which nothing else of a query is looked at. */
  readonly neededInQuery: readonly string[];
  /** True where the Idempotency-Key is required. */
  readonly needsKey: boolean;
  /** Not all that it takes may be left out. */
  readonly needsBody: boolean;
  /** The media type of the body. */
  readonly takes: string | undefined;
  /** The schema of a JSON body, references resolved. */
  readonly body: Schema | undefined;
}

/** Every operation that the API at `url` says it has. */
export async function servedOperations(url: string): Promise<readonly Operation[]> {
  const { paths, components } = document.parse((await call(url, 'GET', '/openapi.json', {})).body);
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { 'x-roles': named, parameters = [], requestBody }]) => {
      const [takes] = Object.keys(requestBody?.content ?? {});
      const json = requestBody?.content['application/json']?.schema;
      return {
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        roles: named,
        query: Object.fromEntries(parameters.filter((one) => one.in === 'query').map((one) => [one.name, one.schema])),
        neededInQuery: parameters.filter((one) => one.in === 'query' && one.required === true).map(({ name }) => name),
        needsBody: requestBody?.required === true,
        needsKey: parameters.some(({ name, required }) => name === 'idempotency-key' && required === true),
        takes,
        body: json === undefined ? undefined : resolved(json, components.schemas),
      };
    }),
  );
}

/** A schema without references. */
function resolved(one: Schema, components: Readonly<Record<string, Schema>>): Schema {
  if (one.$ref !== undefined) return resolved(components[one.$ref.split('/').at(-1) ?? ''] ?? {}, components);
  const { properties, items } = one;
  // What is null or a named schema comes as `allOf`, the schema first.
  const anyOf = one.anyOf ?? one.oneOf ?? one.allOf;
  return {
    ...one,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, of]) => [name, resolved(of, components)]),
          ),
        }),
    ...(items === undefined ? {} : { items: resolved(items, components) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map((of) => resolved(of, components)) }),
  };
}

const typeOf = ({ type }: Schema) => (typeof type === 'string' ? type : type?.[0]);

/** A value that fits a schema, as far as the document tells. */
export function sampleOf(of: Schema): unknown {
  const [either] = of.anyOf ?? [];
  if (either !== undefined) return sampleOf(either);
  if (of.enum !== undefined) return of.enum[0];
  switch (typeOf(of)) {
    case 'object':
      return Object.fromEntries((of.required ?? []).map((name) => [name, sampleOf(of.properties?.[name] ?? {})]));
    case 'array':
      return [sampleOf(of.items ?? {})];
    case 'integer':
    case 'number':
      return Math.max(1, of.minimum ?? 1);
    case 'boolean':
      return true;
    default:
      if (of.format === 'uuid') return randomUUID();
      if (of.format === 'date') return '2027-01-01';
      if (of.format === 'date-time') return new Date().toISOString();
      if (of.format === 'email') return 'x@example.com';
      return 'x'.repeat(Math.max(1, of.minLength ?? 1));
  }
}

/** One thing wrong with an input: what, the dotted path that the refusal must name, and the input. */
export interface Fault<Input = unknown> {
  readonly what: string;
  readonly path: string;
  readonly input: Input;
}

/** Text that no database takes. */
const unstorable = [
  ['half of a surrogate pair', 'a\ud800b'],
  ['U+0000', 'a\u0000b'],
] as const;

/** What looks like a day, or like a time, and is none that a calendar or the database knows. */
const noTimes: Readonly<Record<string, readonly string[]>> = {
  date: ['2026-02-30', '2027-02-29', '2026-13-01', '2026-2-3', '0000-01-01'],
  'date-time': [
    '2026-02-30T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '2026-01-01T00:00:00+99:00',
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-14:00',
  ],
};
const noTimesOf = ({ format = '' }: Schema): readonly string[] => noTimes[format] ?? [];

/** Every fault of a value, each made from a sample that is right otherwise. */
export function faultsOf(of: Schema): readonly Fault[] {
  const [either] = of.anyOf ?? [];
  if (either !== undefined) return faultsOf(either);
  const wrong = (what: string, input: unknown): Fault => ({ what, path: '', input });
  const broken = unstorable.map(([what, text]) => wrong(what, text));
  if (of.enum !== undefined)
    return [wrong('none of its values', 'nobody knows'), wrong('of a wrong type', 7), ...broken];
  switch (typeOf(of)) {
    case 'object':
      return [wrong('of a wrong type', 'a\u0000b'), wrong('a list', []), ...faultsOfFields(of)];
    case 'array':
      return [
        wrong('of a wrong type', 'x'),
        ...faultsOf(of.items ?? {}).map(({ what, path, input }) => ({
          what,
          path: path === '' ? '0' : `0.${path}`,
          input: [input],
        })),
      ];
    case 'integer':
      return [wrong('a fraction', 1.5), wrong('over 2^53', 2 ** 53), ...faultsOfNumber(of)];
    case 'number':
      return faultsOfNumber(of);
    case 'boolean':
      return [wrong('of a wrong type', 'yes')];
    case 'string':
      return [
        wrong('of a wrong type', { a: 1 }),
        wrong('a number', 7),
        wrong('with control characters', 'a\u0007b'),
        wrong('too long', 'x'.repeat(20_000)),
        ...noTimesOf(of).map((time) => wrong(time, time)),
        ...broken,
      ];
    default:
      return [];
  }
}

function faultsOfNumber({ minimum, exclusiveMinimum, maximum }: Schema): Fault[] {
  const faults: Fault[] = [{ what: 'of a wrong type', path: '', input: '1' }];
  const least = minimum ?? exclusiveMinimum;
  if (least !== undefined) faults.push({ what: 'too small', path: '', input: least - 1 });
  if (exclusiveMinimum !== undefined) faults.push({ what: 'too small', path: '', input: exclusiveMinimum });
  if (maximum !== undefined) faults.push({ what: 'too large', path: '', input: maximum + 1 });
  return faults;
}

function faultsOfFields(of: Schema): Fault[] {
  const good = new Map((of.required ?? []).map((name) => [name, sampleOf(of.properties?.[name] ?? {})]));
  const having = (name: string, value: unknown) => Object.fromEntries(new Map([...good, [name, value]]));
  const faults: Fault[] = [
    { what: 'an unknown field', path: 'nobodyKnows', input: having('nobodyKnows', 1) },
    ...unstorable.flatMap(([what, text]) => [
      { what: `${what} in a key`, path: `a\ufffdb`, input: having(text, 1) },
      {
        what: `${what} deep in an unknown field`,
        path: 'nobodyKnows.0.x',
        input: having('nobodyKnows', [{ x: text }]),
      },
    ]),
    ...(of.required ?? []).map((name) => ({
      what: 'missing',
      path: name,
      input: Object.fromEntries([...good].filter(([other]) => other !== name)),
    })),
  ];
  for (const [name, property] of Object.entries(of.properties ?? {}))
    for (const { what, path, input } of faultsOf(property))
      faults.push({ what, path: path === '' ? name : `${name}.${path}`, input: having(name, input) });
  return faults;
}

/** Every fault of a query string: an unknown parameter, and each parameter of a wrong kind. */
export function faultsOfQuery({
  query,
  neededInQuery,
}: Pick<Operation, 'query' | 'neededInQuery'>): readonly Fault<string>[] {
  const names = Object.keys(query);
  if (names.length === 0) return [];
  const unknown: Fault<string> = { what: 'unknown', path: 'nobodyKnows', input: 'nobodyKnows=1' };
  const wrong = (name: string, of: Schema): readonly string[] => {
    if (of.enum !== undefined) return ['nobody knows', ''];
    if (name === 'cursor') return ['x', '', 'x'.repeat(1_000)];
    if (typeOf(of) === 'integer')
      return [
        'x',
        '',
        '1.5',
        '1e1',
        '0x1',
        String(2 ** 53),
        '-1',
        ...(of.maximum === undefined ? [] : [String(of.maximum + 1)]),
      ];
    return ['a\u0007b', 'a\u0000b', 'x'.repeat(1_000), ...(of.format === undefined ? [] : ['x']), ...noTimesOf(of)];
  };
  // A time is compared with its other end where both are given, and a cursor is read where the rest is right.
  const others = (name: string) =>
    Object.entries(query)
      .filter(
        ([other, { format = '' }]) =>
          other !== name && (format in noTimes || (name === 'cursor' && neededInQuery.includes(other))),
      )
      .map(([other, of]) => `&${other}=${encodeURIComponent(String(sampleOf(of)))}`)
      .join('');
  return [
    unknown,
    ...Object.entries(query).flatMap(([name, of]) =>
      wrong(name, of).map((value) => ({
        what: JSON.stringify(value.slice(0, 20)),
        path: name,
        input: `${name}=${encodeURIComponent(value)}${others(name)}`,
      })),
    ),
  ];
}
