import { z } from 'zod';

/**
 * The types of a client, made from the OpenAPI document. The published generators build on the compiler's own API, which
 * TypeScript 7 no longer has; the document is ours, so what it uses of JSON Schema is a closed list, and anything else
 * stops the writing.
 */
/** What says more of a value than its type. */
const told = z.unknown().optional();
const primitive = z.enum(['string', 'integer', 'number', 'boolean', 'null', 'array', 'object']);
const schema = z.strictObject({
  description: z.string().optional(),
  format: told,
  pattern: told,
  default: told,
  example: told,
  minimum: told,
  maximum: told,
  exclusiveMinimum: told,
  minLength: told,
  maxLength: told,
  minItems: told,
  maxItems: told,
  $ref: z.string().optional(),
  type: z.union([primitive, z.array(primitive)]).optional(),
  enum: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), schema).optional();
  },
  get additionalProperties() {
    return z.union([z.literal(false), schema]).optional();
  },
  get items() {
    return schema.optional();
  },
  get allOf() {
    return z.array(schema).optional();
  },
  get anyOf() {
    return z.array(schema).optional();
  },
  get oneOf() {
    return z.array(schema).optional();
  },
  discriminator: told,
});
type Schema = z.infer<typeof schema>;

const content = z.record(z.string(), z.object({ schema }));
const operation = z.object({
  summary: z.string(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(['path', 'query', 'header']),
        required: z.boolean().default(false),
        schema,
      }),
    )
    .default([]),
  requestBody: z.object({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string(), z.object({ content: content.default({}) })),
});
type Operation = z.infer<typeof operation>;

const document = z.object({
  components: z.object({ schemas: z.record(z.string(), schema) }),
  paths: z.record(z.string(), z.partialRecord(z.enum(['get', 'post', 'put', 'patch', 'delete']), operation)),
});

/** @throws ZodError where the document uses a word of JSON Schema or a method that this does not know. */
export function clientTypes(openApi: unknown): string {
  const { components, paths } = document.parse(openApi);
  const methods = new Map<string, string[]>();
  for (const [path, operations] of Object.entries(paths))
    for (const [method, one] of Object.entries(operations))
      methods.set(method, [...(methods.get(method) ?? []), entry(path, one)]);
  return [
    '// Made from docs/openapi.json by `npm run openapi`: what each call takes and answers.',
    ...Object.entries(components.schemas).map(([name, one]) =>
      one.oneOf === undefined && one.allOf === undefined
        ? `export interface ${name} ${typeOf(one)}`
        : `export type ${name} = ${typeOf(one)};`,
    ),
    `export interface Calls ${block([...methods].map(([method, entries]) => `${method}: ${block(entries)};`))}`,
  ].join('\n\n');
}

function entry(path: string, one: Operation): string {
  const answer = answerOf(one);
  const call = block([`input: ${inputOf(one)};`, `answer: ${answer};`]);
  return `/** ${one.summary} */\n'${path}': ${call};`;
}

/** An Idempotency-Key is the `key` of a call. A body of which nothing is required may be left out: `{}` is sent. */
function inputOf({ parameters, requestBody }: Operation): string {
  const of = (place: 'path' | 'query') => {
    const there = parameters.filter((one) => one.in === place);
    return {
      type: 'object' as const,
      properties: Object.fromEntries(there.map((one) => [one.name, one.schema])),
      required: there.filter((one) => one.required).map((one) => one.name),
    };
  };
  const fields = (['path', 'query'] as const).flatMap((place) => {
    const parts = of(place);
    return Object.keys(parts.properties).length === 0 ? [] : [field(place, parts)];
  });
  for (const [mediaType, { schema: body }] of Object.entries(requestBody?.content ?? {}))
    fields.push(mediaType === 'multipart/form-data' ? 'body: FormData;' : field('body', body));
  if (parameters.some((one) => one.in === 'header' && one.name.toLowerCase() === 'idempotency-key'))
    fields.push('key?: string;');
  return block(fields);
}

function field(name: string, one: Schema): string {
  const isOptional = one.$ref === undefined && (one.required ?? []).length === 0;
  return `${name}${isOptional ? '?' : ''}: ${typeOf(one)};`;
}

/** What the answers of success say in JSON; undefined where they say nothing. */
function answerOf({ responses }: Operation): string {
  const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  const types = successes.flatMap(
    ([
      ,
      {
        content: { 'application/json': json },
      },
    ]) => (json ? [typeOf(json.schema)] : []),
  );
  return types.length === 0 ? 'undefined' : [...new Set(types)].join(' | ');
}

function typeOf(one: Schema): string {
  if (one.$ref !== undefined) return one.$ref.replace('#/components/schemas/', '');
  // A part that only describes says nothing of the type.
  if (one.allOf !== undefined)
    return one.allOf
      .map(typeOf)
      .filter((type) => type !== 'unknown')
      .join(' & ');
  const either = one.anyOf ?? one.oneOf;
  if (either !== undefined) return either.map(typeOf).join(' | ');
  if (one.enum !== undefined) return one.enum.map(literal).join(' | ');
  if (one.type === undefined) return 'unknown';
  return [one.type]
    .flat()
    .map((type) => named(type, one))
    .join(' | ');
}

function named(type: z.infer<typeof primitive>, one: Schema): string {
  switch (type) {
    case 'integer':
      return 'number';
    case 'array':
      return `Array<${typeOf(one.items ?? {})}>`;
    case 'object':
      return objectType(one);
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return type;
  }
}

function objectType({ properties = {}, required = [], additionalProperties }: Schema): string {
  const fields = Object.entries(properties).map(([name, one]) => {
    const comment = one.description === undefined ? '' : `/** ${one.description} */\n`;
    return `${comment}${quoted(name)}${required.includes(name) ? '' : '?'}: ${typeOf(one)};`;
  });
  if (additionalProperties === undefined || additionalProperties === false) return block(fields);
  const others = `Record<string, ${typeOf(additionalProperties)}>`;
  return fields.length === 0 ? others : `${block(fields)} & ${others}`;
}

const literal = (value: string | number | boolean | null) => (typeof value === 'string' ? `'${value}'` : String(value));
const quoted = (name: string) => (/^\w+$/.test(name) ? name : `'${name}'`);

/** On one line where it is short. */
function block(lines: readonly string[]): string {
  if (lines.length === 0) return 'Record<string, never>';
  const line = `{ ${lines.join(' ').replace(/;$/, '')} }`;
  return line.length > 100 || line.includes('\n') ? `{\n${lines.join('\n').replaceAll(/^/gm, '  ')}\n}` : line;
}
