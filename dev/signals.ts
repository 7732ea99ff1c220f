/** The first SIGINT, SIGTERM or SIGHUP; later ones change nothing. */
export interface Stopped {
  readonly signal: AbortSignal;
  readonly happened: Promise<void>;
}

/** How often to look whether the parent lives, in milliseconds. */
const LOOK_EVERY = 500;

/** Listens from now on for what tells this process to stop. */
export function untilStopped(): Stopped {
  const controller = new AbortController();
  const stop = () => controller.abort(new Error('stopped before it had started'));
  const happened = new Promise<void>((done) =>
    controller.signal.addEventListener('abort', () => done(), { once: true }),
  );
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  // An npm that was killed can pass nothing on; it may have been before this line was reached.
  const parent = npmParent();
  if (parent !== undefined) {
    const look = () => process.ppid !== parent && stop();
    setInterval(look, LOOK_EVERY).unref();
    look();
  }
  return { signal: controller.signal, happened };
}

/**
 * Process id of the `npm start` that runs this process, as its script says; undefined where it was started
 * without npm. Our own parent it is no longer where npm was killed.
 */
export function npmParent(): number | undefined {
  const given = process.env['NPM_PID'];
  return given === undefined || given === '' ? undefined : Number(given);
}
