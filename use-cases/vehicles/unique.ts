import { Problem } from '#domain/errors';

const fields: Readonly<Record<string, string>> = {
  vehicles_registration: 'registration',
  vehicles_vin: 'vin',
  plans_name: 'name',
};

/** Turns a violated uniqueness into a refusal that names the field. @throws Problem already_exists */
export async function unique<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      const field = 'constraint_name' in cause ? fields[String(cause.constraint_name)] : undefined;
      if (field !== undefined)
        throw new Problem('already_exists', `There is one with this ${field}`, [{ path: field, message: 'is taken' }]);
    }
    throw error;
  }
}

/** @throws Problem precondition_failed where If-Match accepts other versions only. */
export function matchVersion(version: number, accepted: readonly number[] | undefined): void {
  if (accepted !== undefined && !accepted.includes(version)) throw new Problem('precondition_failed');
}
