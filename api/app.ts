import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from './context.ts';
import { completeDependencies, type ApiDependencies, type AppDependencies } from './dependencies.ts';
import { accessLog } from './middleware/access-log.ts';
import { answerInTime } from './middleware/answer-in-time.ts';
import { authenticate } from './middleware/authenticate.ts';
import { crossOrigin } from './middleware/cross-origin.ts';
import { measure } from './middleware/measure.ts';
import { notFound } from './middleware/not-found.ts';
import { patience } from './middleware/patience.ts';
import { onError } from './middleware/problem.ts';
import { rateLimit } from './middleware/rate-limit.ts';
import { requestId } from './middleware/request-id.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { traceRequests } from './middleware/trace.ts';
import { openApiInfo, securitySchemes } from './open-api.ts';
import { africasTalkingCallbackRoutes } from './callbacks/africas-talking.ts';
import { infobipCallbackRoutes } from './callbacks/infobip.ts';
import { smileIdCallbackRoutes } from './callbacks/smile-id.ts';
import { inboundCallbackRoutes } from './callbacks/inbound.ts';
import { mobileMoneyCallbackRoutes } from './callbacks/mobile-money.ts';
import { caseRoutes } from './cases/cases.ts';
import { creditRoutes } from './credit/credit.ts';
import { developmentRoutes } from './service/development.ts';
import { documentationRoutes } from './service/documentation.ts';
import { eventRoutes } from './events/events.ts';
import { healthRoutes } from './service/health.ts';
import { keyRoutes } from './identity/keys.ts';
import { ownRoutes } from './identity/me.ts';
import { userRoutes } from './identity/users.ts';
import { documentRoutes } from './kyc/documents.ts';
import { submissionRoutes } from './kyc/submissions.ts';
import { cashRoutes } from './payments/cash.ts';
import { suspenseRoutes } from './payments/suspense.ts';
import { countRejected } from './callbacks/rejected.ts';
import { agreementRoutes } from './leases/agreements.ts';
import { leaseCommandRoutes } from './leases/commands.ts';
import { leaseClaimRoutes } from './leases/claims.ts';
import { leaseCreditRoutes } from './leases/credit.ts';
import { demandRoutes } from './leases/demands.ts';
import { repossessionRoutes } from './leases/repossession.ts';
import { leaseRestartRoutes } from './leases/restart.ts';
import { leaseKeyFactsRoutes } from './leases/key-facts.ts';
import { leaseRoutes } from './leases/leases.ts';
import { ledgerRoutes } from './ledger/ledger.ts';
import { paymentDecisionRoutes } from './payments/decisions.ts';
import { paymentRoutes } from './payments/payments.ts';
import { holidayRoutes } from './calendars/holidays.ts';
import { branchRoutes } from './vehicles/branches.ts';
import { vehicleCsvRoutes } from './vehicles/csv.ts';
import { vehicleHistoryRoutes } from './vehicles/history.ts';
import { inspectionRoutes } from './vehicles/inspections.ts';
import { maintenanceRoutes } from './vehicles/maintenance.ts';
import { paperRoutes } from './vehicles/papers.ts';
import { photoRoutes } from './vehicles/photos.ts';
import { planRoutes } from './vehicles/plans.ts';
import { immobilisationRoutes } from './telematics/immobilisation.ts';
import { marketRuleRoutes } from './telematics/market-rules.ts';
import { positionRoutes } from './telematics/positions.ts';
import { reconciliationRoutes } from './payments/reconciliations.ts';
import { liveRoutes } from './live/live.ts';
import { riskRoutes } from './telematics/risk-events.ts';
import { portfolioRoutes } from './portfolio/portfolio.ts';
import { attachmentRoutes } from './support/attachments.ts';
import { macroRoutes } from './support/macros.ts';
import { ticketCommandRoutes } from './support/commands.ts';
import { notificationRoutes } from './notifications/notifications.ts';
import { pushRoutes } from './notifications/push-subscriptions.ts';
import { ticketRoutes } from './support/tickets.ts';
import { sessionRoutes } from './identity/sessions.ts';
import { statementRoutes, verifyRoutes } from './statements/statements.ts';
import { trackerRoutes } from './telematics/trackers.ts';
import { geofenceRoutes } from './telematics/geofences.ts';
import { locationViewRoutes } from './telematics/location-views.ts';
import { tripRoutes } from './telematics/trips.ts';
import { collateralRoutes } from './collateral/steps.ts';
import { guaranteeRoutes } from './parties/guarantees.ts';
import { transferRoutes } from './parties/transfers.ts';
import { upgradeRoutes } from './upgrades/upgrades.ts';
import { catalogueRoutes } from './vehicles/quote.ts';
import { searchRoutes } from './vehicles/search.ts';
import { waitingRoutes } from './vehicles/waiting.ts';
import { vehicleRoutes } from './vehicles/vehicles.ts';
import { deadLetterRoutes } from './dead-letters/dead-letters.ts';
import { deliveryRoutes } from './webhooks/deliveries.ts';
import { webhookRoutes } from './webhooks/webhooks.ts';

type Routes = (deps: ApiDependencies) => OpenAPIHono<ApiEnvironment>;

/** Every capability's routes, mounted under /v1. A new capability is a line here. */
const capabilities: readonly Routes[] = [
  sessionRoutes,
  ownRoutes,
  userRoutes,
  documentRoutes,
  submissionRoutes,
  creditRoutes,
  // Before the routes of one vehicle, whose id would be `facets`, `export`, `papers` or `maintenance`.
  searchRoutes,
  vehicleCsvRoutes,
  paperRoutes,
  maintenanceRoutes,
  catalogueRoutes,
  vehicleRoutes,
  photoRoutes,
  vehicleHistoryRoutes,
  inspectionRoutes,
  waitingRoutes,
  branchRoutes,
  planRoutes,
  holidayRoutes,
  leaseRoutes,
  leaseKeyFactsRoutes,
  agreementRoutes,
  leaseCommandRoutes,
  leaseClaimRoutes,
  leaseCreditRoutes,
  demandRoutes,
  repossessionRoutes,
  leaseRestartRoutes,
  statementRoutes,
  paymentRoutes,
  paymentDecisionRoutes,
  cashRoutes,
  suspenseRoutes,
  caseRoutes,
  reconciliationRoutes,
  ledgerRoutes,
  portfolioRoutes,
  eventRoutes,
  // Before the routes of one endpoint, whose id would be `deliveries`.
  deliveryRoutes,
  webhookRoutes,
  deadLetterRoutes,
  smileIdCallbackRoutes,
  inboundCallbackRoutes,
  africasTalkingCallbackRoutes,
  infobipCallbackRoutes,
  mobileMoneyCallbackRoutes,
  trackerRoutes,
  positionRoutes,
  tripRoutes,
  riskRoutes,
  geofenceRoutes,
  liveRoutes,
  locationViewRoutes,
  ticketRoutes,
  ticketCommandRoutes,
  attachmentRoutes,
  macroRoutes,
  immobilisationRoutes,
  marketRuleRoutes,
  guaranteeRoutes,
  collateralRoutes,
  transferRoutes,
  upgradeRoutes,
  notificationRoutes,
  pushRoutes,
];

/**
 * The HTTP edge. It opens nothing itself: the process hands in the database and the Temporal client.
 *
 * @throws ConfigurationError for keys or providers that are configured wrongly or in part.
 */
export function createApp(given: AppDependencies): OpenAPIHono<ApiEnvironment> {
  const deps = completeDependencies(given);
  const app = new OpenAPIHono<ApiEnvironment>();
  app.use(patience(), traceRequests(), requestId(deps.log), accessLog());
  if (deps.metrics !== null) app.use(measure(deps.metrics));
  app.use(securityHeaders(), crossOrigin(deps.config));
  app.onError(onError);
  app.notFound(notFound(app));

  app.use('/v1/*', answerInTime(deps));
  app.use('/v1/*', rateLimit(deps, 'address'), authenticate(deps), rateLimit(deps, 'user'));
  app.use('/v1/callbacks/*', countRejected(deps));
  for (const routes of capabilities) app.route('/v1', routes(deps));
  if (deps.config.EMBEDDED) app.route('/v1', developmentRoutes(deps));
  app.route('/', keyRoutes(deps));
  app.route('/', verifyRoutes(deps));
  app.route('/', healthRoutes(deps));
  app.route('/', documentationRoutes());

  for (const [name, scheme] of Object.entries(securitySchemes))
    app.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
  app.doc31('/openapi.json', openApiInfo);
  return app;
}
