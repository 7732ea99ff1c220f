import { readFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { z } from 'zod';

/** What docs/openapi.json, which `npm run check` keeps true to the routes, says of the answers. */
const document = z
  .looseObject({
    paths: z.record(
      z.string(),
      z.record(
        z.string(),
        z.object({
          responses: z.record(z.string(), z.object({ content: z.record(z.string(), z.unknown()).optional() })),
        }),
      ),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../docs/openapi.json', import.meta.url), 'utf8')));
// What the compiler would win by its optimisations it takes to make them: each validator judges few answers.
const code = { optimize: false };
const ajv = new Ajv2020({ strict: false, allErrors: true, code, schemas: [{ $id: 'api', ...document }] });
formats.default(ajv);

const pattern = (path: string) => new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
/** A path that is named as it is goes before one with a parameter. */
const paths = Object.entries(document.paths)
  .map(([path, methods]) => ({ path, pattern: pattern(path), methods }))
  .toSorted((a, b) => Number(a.path.includes('{')) - Number(b.path.includes('{')));

const escaped = (key: string) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));

function validator(...keys: readonly string[]): ValidateFunction {
  const validate = ajv.getSchema(`api#/${['paths', ...keys, 'schema'].map(escaped).join('/')}`);
  if (validate === undefined) throw new Error(`the document has no ${keys.join(' ')}`);
  return validate;
}

/** Undefined for what is no JSON, which fits no schema. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** An answer on its way out. */
interface Sent {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** @returns what is wrong with an answer; null where nothing is, and where the document has no such route. */
function fault(method: string, path: string, { status, contentType, body }: Sent): string | null {
  const route = paths.find((one) => one.pattern.test(path));
  const responses = route?.methods[method]?.responses;
  if (route === undefined || responses === undefined) return null;
  const named = String(status) in responses ? String(status) : 'default';
  const { content } = responses[named] ?? {};
  if (!(named in responses)) return `status ${status} is not documented`;
  const [mediaType = ''] = contentType.split(';');
  if (content === undefined) return body === '' ? null : `an answer with ${named} has no content`;
  if (!(mediaType in content)) return `${mediaType} is not documented for ${named}`;
  if (!/json/.test(mediaType)) return null;
  const validate = validator(route.path, method, 'responses', named, 'content', mediaType);
  return validate(parsed(body)) ? null : ajv.errorsText(validate.errors, { dataVar: 'the answer' });
}

/**
 * Holds every answer of a server against the document.
 *
 * @returns what ends a test file: it throws what was not as documented.
 */
export function watchAnswers(server: Server): () => void {
  const faults = new Set<string>();
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const write = response.write.bind(response);
    const end = response.end.bind(response);
    const writeHead = response.writeHead.bind(response);
    const parts: Buffer[] = [];
    let contentType = '';
    const keep = (chunk: unknown) => {
      if (typeof chunk === 'string') parts.push(Buffer.from(chunk));
      else if (chunk instanceof Uint8Array) parts.push(Buffer.from(chunk));
    };
    response.writeHead = (...given: unknown[]) => {
      contentType = contentTypeOf(given.at(-1));
      return Reflect.apply(writeHead, undefined, given) as ServerResponse;
    };
    response.write = (...given: unknown[]) => {
      keep(given[0]);
      return Reflect.apply(write, undefined, given) as boolean;
    };
    response.end = (...given: unknown[]) => {
      keep(given[0]);
      const { method = '', url = '' } = request;
      const [path = ''] = url.split('?');
      const wrong = fault(method.toLowerCase(), path, {
        status: response.statusCode,
        contentType,
        body: Buffer.concat(parts).toString(),
      });
      if (wrong !== null) faults.add(`${method} ${path.replaceAll(/[\da-f]{8}-[\da-f-]{27}/g, '{id}')}: ${wrong}`);
      return Reflect.apply(end, undefined, given) as ServerResponse;
    };
  });
  return () => {
    if (faults.size > 0) throw new Error(`answers are not as documented:\n${[...faults].join('\n')}`);
  };
}

function contentTypeOf(headers: unknown): string {
  const given = Object.entries(typeof headers === 'object' && headers !== null ? headers : {});
  return String(given.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '');
}
