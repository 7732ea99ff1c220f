import { readFileSync } from 'node:fs';
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
const ajv = new Ajv2020({ strict: false, allErrors: true, schemas: [{ $id: 'api', ...document }] });
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

/** @returns what is wrong with an answer; null where nothing is, and where the document has no such route. */
async function fault(method: string, path: string, answer: Response): Promise<string | null> {
  const route = paths.find((one) => one.pattern.test(path));
  const responses = route?.methods[method]?.responses;
  if (route === undefined || responses === undefined) return null;
  const status = String(answer.status) in responses ? String(answer.status) : 'default';
  const { content } = responses[status] ?? {};
  if (!(status in responses)) return `status ${answer.status} is not documented`;
  const [mediaType = ''] = (answer.headers.get('content-type') ?? '').split(';');
  if (content === undefined) return mediaType === '' ? null : `an answer with ${status} has no content`;
  if (!(mediaType in content)) return `${mediaType} is not documented for ${status}`;
  if (!/json/.test(mediaType)) return null;
  const validate = validator(route.path, method, 'responses', status, 'content', mediaType);
  return validate(await answer.clone().json()) ? null : ajv.errorsText(validate.errors, { dataVar: 'the answer' });
}

/** An answer that is not what the document says of it becomes one that no test expects, and that says why. */
export const conforming =
  <Rest extends readonly unknown[]>(fetch: (request: Request, ...rest: Rest) => Response | Promise<Response>) =>
  async (request: Request, ...rest: Rest): Promise<Response> => {
    const answer = await fetch(request, ...rest);
    const wrong = await fault(request.method.toLowerCase(), new URL(request.url).pathname, answer);
    if (wrong === null) return answer;
    process.stderr.write(`${request.method} ${request.url}: ${wrong}\n`);
    return new Response(`not as documented: ${wrong}`, { status: 599 });
  };
