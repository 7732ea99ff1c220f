import { z } from '@hono/zod-openapi';
import { provesSignature } from '#use-cases/identity/proves-signature';
import type { Caller } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';

const oneTimeCode = z.string().regex(/^\d{6}$/, 'must be six digits');

/** What somebody signs with, beside his name. */
export const signing = {
  code: oneTimeCode.optional().openapi({
    description:
      'Of `POST /v1/agreements/{id}/code`: good for those terms alone. Without it the session has to have begun with a one-time code within the last quarter of an hour',
  }),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal')
    .optional()
    .openapi({ description: 'Of the terms that were read; without it, the last draft is signed' }),
};

/** How whoever calls proves that it is he who signs. */
export const proofOf = (deps: ApiDependencies, { id: userId, sessionId, actor }: Caller, code: string | undefined) =>
  provesSignature(deps, actor, { userId, sessionId, code });
