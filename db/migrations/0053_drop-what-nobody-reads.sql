ALTER TABLE "events"."outbox" DROP COLUMN "published_at";--> statement-breakpoint
ALTER TABLE "telematics"."risk_events" DROP COLUMN "signalled_at";