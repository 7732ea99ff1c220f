type Some<T> = Iterable<T> | AsyncIterable<T>;

/**
 * As `attemptEach`, for work that is done again as a whole: what fails keeps nothing behind it from being done.
 *
 * @throws what failed first, when the rest is done
 */
export async function doEach<T>(items: Some<T>, work: (item: T) => Promise<void>): Promise<void> {
  const [failed] = await attemptEach(items, work);
  if (failed !== undefined) throw failed.error;
}

/**
 * Does something for each of some things in turn, also for those behind one that fails.
 *
 * @returns what has failed, with what it threw.
 */
export async function attemptEach<T>(
  items: Some<T>,
  work: (item: T) => Promise<void>,
): Promise<{ readonly item: T; readonly error: unknown }[]> {
  const failed: { item: T; error: unknown }[] = [];
  for await (const item of items) {
    try {
      await work(item);
    } catch (error) {
      failed.push({ item, error });
    }
  }
  return failed;
}
