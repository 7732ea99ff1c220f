import type postgres from 'postgres';
import { loadTrackers, type KnownTracker } from '#db/queries/tracking';
import { noFences, type Fences } from '#domain/telematics/fences';
import { NEWEST } from '#domain/telematics/fix';
import type { VehicleFacts } from '#domain/telematics/rules/rule';
import { isTrackerId } from '#domain/telematics/tracker';
import { speedLimitKph, vehicleTypes } from '#domain/vehicles/vehicle';
import type { Unit } from '#providers/trackers/adapter';

/** Milliseconds after which a tracker is looked up again, so that a new speed limit or lease counts. */
const STALE = 30_000;
/** Trackers that are remembered at most. */
const REMEMBERED = 50_000;

/** What the rules may know of a tracker's vehicle. Its speed limit is its own, else that of its type. */
export function vehicleOf(tracker: KnownTracker, fences: Fences = noFences): VehicleFacts {
  const type = vehicleTypes.find((one) => one === tracker.vehicleType) ?? 'car';
  const { vehicleId, market, leaseStatus, online } = tracker;
  // Its clock may be as far behind ours as it may be ahead.
  const leaseSince = (tracker.leaseSince?.getTime() ?? 0) - NEWEST;
  const limitKph = tracker.speedLimitKph ?? speedLimitKph[type];
  return { vehicleId, limitKph, market, leaseStatus, leaseSince, online, fences };
}

/** What this process knows of trackers, read from the database when it is needed. */
export class TrackerRegistry {
  readonly #sql: postgres.Sql;
  readonly #byId = new Map<string, { tracker: KnownTracker; readonly loadedAt: number }>();
  readonly #bySerial = new Map<string, string>();

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  /**
   * Looks up those that are not known, or not freshly.
   *
   * @returns what is known of them now: whatever is forgotten meanwhile, a batch is judged by what it was read with.
   */
  async ensure(units: readonly Unit[]): Promise<(unit: Unit) => KnownTracker | null> {
    const now = performance.now();
    const ids = new Set<string>();
    const serials = new Set<string>();
    for (const unit of units) {
      const id = 'trackerId' in unit ? unit.trackerId : this.#bySerial.get(unit.serial);
      if (id === undefined) serials.add('serial' in unit ? unit.serial : '');
      else if (isTrackerId(id) && now - (this.#byId.get(id)?.loadedAt ?? -STALE) >= STALE) ids.add(id);
    }
    if (ids.size + serials.size > 0) await this.#load([...ids], [...serials], now);
    const [byId, bySerial] = [new Map<string, KnownTracker | null>(), new Map<string, KnownTracker | null>()];
    for (const unit of units) {
      if ('trackerId' in unit) byId.set(unit.trackerId, this.find(unit));
      else bySerial.set(unit.serial, this.find(unit));
    }
    return (unit) => ('trackerId' in unit ? byId.get(unit.trackerId) : bySerial.get(unit.serial)) ?? null;
  }

  /** Looks one up now, whatever is known of it. */
  async refresh(id: string): Promise<KnownTracker | null> {
    if (!isTrackerId(id)) return null;
    await this.#load([id], [], performance.now());
    return this.find({ trackerId: id });
  }

  async #load(ids: readonly string[], serials: readonly string[], now: number): Promise<void> {
    const found = await loadTrackers(this.#sql, ids, serials);
    for (const id of ids) this.#byId.delete(id);
    for (const tracker of found) {
      this.#byId.set(tracker.id, { tracker, loadedAt: now });
      const { id, serial, revokedAt } = tracker;
      if (serial === null) continue;
      // A unit that was moved speaks for the tracker that has its serial now.
      if (revokedAt === null) this.#bySerial.set(serial, id);
      else if (this.#bySerial.get(serial) === id) this.#bySerial.delete(serial);
    }
    for (const [id] of this.#byId) {
      if (this.#byId.size <= REMEMBERED) break;
      this.#byId.delete(id);
    }
  }

  /** @returns null for one that does not exist, or is revoked. */
  find(unit: Unit): KnownTracker | null {
    const id = 'trackerId' in unit ? unit.trackerId : this.#bySerial.get(unit.serial);
    const tracker = id === undefined ? undefined : this.#byId.get(id)?.tracker;
    return tracker === undefined || tracker.revokedAt !== null ? null : tracker;
  }

  /** Notes what was just written, so that the next message need not write it again. */
  seen(id: string, online: boolean, at: Date): void {
    const known = this.#byId.get(id);
    if (known !== undefined) known.tracker = { ...known.tracker, online, ...(online ? { lastSeenAt: at } : {}) };
  }

  /** Forgets everything, for when changes may have been missed. */
  forget(): void {
    this.#byId.clear();
    this.#bySerial.clear();
  }
}
