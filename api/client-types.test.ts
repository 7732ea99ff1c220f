import { expect, it } from 'vitest';
import { clientTypes } from './client-types.ts';

const answers = (schema: object) => ({ 200: { content: { 'application/json': { schema } } } });
const documentOf = (thing: object) => ({
  components: { schemas: { Thing: thing } },
  paths: {
    '/things/{id}': {
      get: {
        summary: 'One thing',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1 } },
        ],
        responses: answers({ $ref: '#/components/schemas/Thing' }),
      },
      post: {
        summary: 'Change it',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'Idempotency-Key', in: 'header', schema: { type: 'string' } },
        ],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { type: 'object', properties: { name: { type: 'string' } } } } },
        },
        responses: { 204: {} },
      },
    },
  },
});

it('writes what each call takes and answers', () => {
  const thing = {
    type: 'object',
    properties: {
      id: { type: 'string', format: 'uuid', description: 'Its own' },
      state: { type: ['string', 'null'], enum: ['new', 'old', null] },
      parts: { type: 'array', items: { anyOf: [{ type: 'integer' }, { type: 'boolean' }] } },
      more: { type: 'object', additionalProperties: {} },
    },
    required: ['id', 'state'],
  };
  expect(clientTypes(documentOf(thing)).split('\n').slice(2)).toEqual([
    'export interface Thing {',
    '  /** Its own */',
    '  id: string;',
    "  state: 'new' | 'old' | null;",
    '  parts?: Array<number | boolean>;',
    '  more?: Record<string, unknown>;',
    '}',
    '',
    'export interface Calls {',
    '  get: {',
    '    /** One thing */',
    "    '/things/{id}': { input: { path: { id: string }; query?: { limit?: number } }; answer: Thing };",
    '  };',
    '  post: {',
    '    /** Change it */',
    "    '/things/{id}': { input: { path: { id: string }; body?: { name?: string }; key?: string }; answer: undefined };",
    '  };',
    '}',
  ]);
});

it('stops at a word that it does not know rather than write a type that is too wide', () => {
  const unknown = { type: 'object', properties: { id: { type: 'string', contentEncoding: 'base64' } } };
  expect(() => clientTypes(documentOf(unknown))).toThrow('contentEncoding');
});
