import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { knowArrayTypes } from './array-types.ts';

/**
 * Opens a pool of the driver that lives on when its server ends, wherever its connections are then.
 *
 * @param patience milliseconds in which a transaction has a connection, or is refused with CONNECT_TIMEOUT.
 */
export function openDriver(
  url: string,
  options: postgres.Options<Record<string, never>> = {},
  patience = PATIENCE,
): postgres.Sql {
  const open = (max = options.max) => {
    const sql = postgres(url, { onnotice: () => {}, ...options, ...(max === undefined ? {} : { max }) });
    knowArrayTypes(sql);
    return sql;
  };
  // Where the driver asks for no types, a new connection never comes to who reserves it (3.4.9): he gets one beside the pool.
  const reserve = async () => {
    const own = open(1);
    await own`select`;
    const reserved = await own.reserve();
    const free = reserved.release.bind(reserved);
    const release = () => {
      free();
      void own.end({ timeout: 1 });
    };
    return Object.assign(reserved, { release });
  };
  return Object.assign(surviveLostConnections(open(), patience), { reserve });
}

/**
 * Keeps transactions away from a connection that is gone. postgres.js 3.4.9 would write their COMMIT or
 * ROLLBACK, or the next statement, to no socket, out of reach of any `catch`, and the process would end
 * (porsager/postgres#1154, #1208). `begin` rejects when the connection ends; what is left of the
 * transaction's work then waits for nobody.
 *
 * A connection that was lost with a statement on its way never forgets that statement: what the server says when it
 * refuses the next session (it is starting, it is full) is taken for its answer, and the driver tries again for ever,
 * without a pause.
 */
function surviveLostConnections(sql: postgres.Sql, patience: number): postgres.Sql {
  const begin = sql.begin.bind(sql);
  const guarded = (...given: readonly unknown[]): Promise<unknown> => {
    const work = given.at(-1);
    if (typeof work !== 'function') throw new TypeError('a transaction needs a function');
    const connection = { lost: false };
    const start = startWithin(patience);
    const careful = async (tx: postgres.TransactionSql): Promise<unknown> => {
      start.begun();
      try {
        const result: unknown = await Reflect.apply(work, undefined, [guard(tx, connection)]);
        return connection.lost ? await never() : result;
      } catch (error) {
        // The statement fails a moment before the connection has ended for good.
        if (ofConnection(error)) await Promise.race([ended, sleep(MOMENT)]);
        if (connection.lost) return await never();
        throw error;
      }
    };
    const running = Promise.resolve<unknown>(Reflect.apply(begin, undefined, [...given.slice(0, -1), careful]));
    const ended = running.then(start.cancel, () => {
      start.cancel();
      connection.lost = true;
    });
    return Promise.race([running, start.late]);
  };
  return Object.assign(sql, { begin: guarded });
}

/** What has not begun in time is refused; where it begins later, it is rolled back before it does anything. */
function startWithin(milliseconds: number) {
  let refuse: (error: Error) => void = () => {};
  const late = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  late.catch(() => {});
  const error = Object.assign(new Error(`no connection in ${milliseconds} ms`), { code: 'CONNECT_TIMEOUT' });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    refuse(error);
  }, milliseconds);
  const cancel = () => clearTimeout(timer);
  const begun = () => {
    cancel();
    if (isLate) throw error;
  };
  return { late, begun, cancel };
}

function guard(tx: postgres.TransactionSql, connection: { readonly lost: boolean }): postgres.TransactionSql {
  return new Proxy(tx, {
    apply(target, self, parameters): unknown {
      return connection.lost ? never() : Reflect.apply(target, self, parameters);
    },
    get(target, name): unknown {
      return name === 'unsafe' && connection.lost ? never : Reflect.get(target, name);
    },
  });
}

/** Milliseconds. */
const PATIENCE = 15_000;
const MOMENT = 1_000;
const never = () => new Promise<never>(() => {});

/** Whether it may be an error of the driver, of its socket, or of a server that ends; drizzle wraps what they throw. */
function ofConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && /^(CONNECT|E[A-Z]+$|57P0[123])/.test(String(error.code))) || ofConnection(error.cause);
}
