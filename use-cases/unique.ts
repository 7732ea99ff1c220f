import { Problem } from '#domain/errors';

const fields: Readonly<Record<string, string>> = {
  users_phone_hash: 'phone',
  vehicles_registration: 'registration',
  vehicles_vin: 'vin',
  branches_name: 'name',
  ticket_macros_name: 'name',
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
