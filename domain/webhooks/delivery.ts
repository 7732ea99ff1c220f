export const deliveryStatuses = ['pending', 'delivered', 'dead'] as const;
/** Why a delivery is dead: its endpoint answered 410, or was disabled; or it was tried for five days. */
export const deliveryDeaths = ['gone', 'endpoint_disabled', 'not_taken'] as const;
