import { createMiddleware } from 'hono/factory';
import { answering } from '#platform/patience';
import type { ApiEnvironment } from '../context.ts';

/** A request waits for rows no longer than its caller does, whatever it has waited for before. */
export const patience = () => createMiddleware<ApiEnvironment>((_c, next) => answering(next));
