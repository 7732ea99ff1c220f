import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';

/**
 * Keeps transactions away from a connection that is gone. postgres.js 3.4.9 would write their COMMIT or
 * ROLLBACK, or the next statement, to no socket, out of reach of any `catch`, and the process would end
 * (porsager/postgres#1154, #1208). `begin` rejects when the connection ends; what is left of the
 * transaction's work then waits for nobody.
 */
export function surviveLostConnections(sql: postgres.Sql): postgres.Sql {
  const begin = sql.begin.bind(sql);
  const guarded = (...given: readonly unknown[]): Promise<unknown> => {
    const work = given.at(-1);
    if (typeof work !== 'function') throw new TypeError('a transaction needs a function');
    const connection = { lost: false };
    const careful = async (tx: postgres.TransactionSql): Promise<unknown> => {
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
    const running: unknown = Reflect.apply(begin, undefined, [...given.slice(0, -1), careful]);
    const ended = Promise.resolve(running).then(
      () => {},
      () => {
        connection.lost = true;
      },
    );
    return Promise.resolve(running);
  };
  return Object.assign(sql, { begin: guarded });
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
const MOMENT = 1_000;
const never = () => new Promise<never>(() => {});

/** Whether it may be an error of the driver, of its socket, or of a server that ends; drizzle wraps what they throw. */
function ofConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && /^(CONNECT|E[A-Z]+$|57P0[123])/.test(String(error.code))) || ofConnection(error.cause);
}
