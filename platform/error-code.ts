/** What a system, a driver or a library calls an error: `EEXIST`, `23505`, 4. Undefined where it says nothing. */
export function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
