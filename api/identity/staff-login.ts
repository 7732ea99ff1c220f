import { transact } from '#use-cases/context';
import { loginWithPassword } from '#use-cases/identity/login-with-password';
import type { Login } from '#use-cases/identity/open-session';
import { Problem, TooManyRequests } from '#domain/errors';
import { system } from '#domain/identity/roles';
import type { ApiDependencies } from '../dependencies.ts';
import { consume, createLimiter } from '../middleware/rate-limit.ts';

/** Wrong tries at one e-mail's password in fifteen minutes. */
const PASSWORD_TRIES = 20;
const WINDOW_SECONDS = 15 * 60;

/**
 * Logs staff in by e-mail and password.
 *
 * @throws Problem wrong_credentials
 * @throws TooManyRequests after too many wrong tries.
 */
export function staffLogin(deps: Pick<ApiDependencies, 'db' | 'encryption' | 'redis'>) {
  const { db, encryption } = deps;
  const tries = createLimiter(deps, 'password', PASSWORD_TRIES, WINDOW_SECONDS);
  return async (credentials: { email: string; password: string }): Promise<Login> => {
    const key = encryption.hash('password-tries', credentials.email.toLowerCase());
    const { consumedPoints, msBeforeNext } = await consume(tries, key);
    if (consumedPoints > PASSWORD_TRIES)
      throw new TooManyRequests('Too many tries at this password', Math.max(1, Math.ceil(msBeforeNext / 1000)));
    const login = await transact(db, system('login'), new Date(), (context) =>
      loginWithPassword(context, encryption, credentials),
    );
    if (login === null) throw new Problem('wrong_credentials', 'The e-mail or password is wrong');
    await tries.delete(key);
    return login;
  };
}
