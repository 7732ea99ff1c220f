export { kyc } from './kyc/kyc.ts';
export { lease } from './lease/lease.ts';
export { upkeep } from './upkeep/upkeep.ts';
