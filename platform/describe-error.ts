import { DrizzleQueryError } from 'drizzle-orm';
import postgres from 'postgres';

/** An error as it may leave the process: what it is and where, without a value of a query, a body or a payload. */
interface DescribedError {
  readonly type: string;
  readonly message: string;
  /** SQLSTATE, or the system's word for it (`ECONNREFUSED`). */
  readonly reason?: string;
  readonly table?: string;
  readonly constraint?: string;
  /** The statement, with `$1` for each value. */
  readonly query?: string;
  readonly frames: readonly string[];
  readonly cause?: DescribedError;
}

/** Errors of the engine and of parsers quote what they did not like. */
const quoting: ReadonlySet<string> = new Set(['RangeError', 'SyntaxError', 'TypeError', 'URIError', 'ZodError']);

/** Describes an error for logs, failures and cases. Messages of our own errors are kept: they name ids only. */
export function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error))
    return { type: typeof error, message: 'something was thrown that is no error', frames: [] };
  if (error instanceof DrizzleQueryError) {
    // Its own frames lead to our code, the driver's only to the socket.
    return { ...describeError(error.cause ?? new Error('no cause')), query: error.query, frames: framesOf(error) };
  }
  const frames = framesOf(error);
  if (error instanceof postgres.PostgresError) {
    const { code, table_name: table, constraint_name: constraint } = error;
    const message = ['the database refuses it:', code, constraint].filter((word) => word !== undefined).join(' ');
    return { type: 'PostgresError', message, reason: code, ...defined({ table, constraint }), frames };
  }
  const type = typeOf(error);
  const reason = reasonOf(error);
  return {
    type,
    message: quotes(error, type) ? placeOf(type, frames) : error.message,
    ...defined({ reason }),
    frames,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

/** The first SQLSTATE in the chain of causes; null where the database refused nothing. */
export function sqlStateOf(error: unknown): string | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof postgres.PostgresError) return cause.code;
  return null;
}

/** Of an ApplicationFailure its own type, which says more than its class. */
function typeOf(error: Error): string {
  return 'type' in error && typeof error.type === 'string' ? error.type : error.name;
}

function reasonOf(error: Error): string | undefined {
  return 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number')
    ? String(error.code)
    : undefined;
}

function quotes(error: Error, type: string): boolean {
  return quoting.has(type) || quoting.has(error.constructor.name) || reasonOf(error)?.startsWith('ERR_') === true;
}

/** `RangeError at money (domain/money.ts:12:9)` */
function placeOf(type: string, [first]: readonly string[]): string {
  return first === undefined ? type : `${type} ${first.trim()}`;
}

/** The lines of a stack below its message, which may have several lines of its own. */
function framesOf({ stack = '' }: Error): string[] {
  return stack.split('\n').filter((line) => /^ {4}at \S/.test(line));
}

function defined<T extends Record<string, string | undefined>>(facts: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string;
  };
}
