import type { TelematicsActivities } from '#domain/telematics/wire';
import { advanceImmobilisation } from '#use-cases/telematics/advance-immobilisation';
import type { ImmobilisationDependencies } from '#use-cases/telematics/dependencies';

/** The `telematics` task queue's side of `TelematicsActivities`. */
export function createTelematicsActivities(deps: ImmobilisationDependencies): TelematicsActivities {
  return { advanceImmobilisation: ({ vehicleId }) => advanceImmobilisation(deps, vehicleId) };
}
