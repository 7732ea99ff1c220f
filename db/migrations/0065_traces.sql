ALTER TABLE "events"."outbox" ADD COLUMN "trace" text;--> statement-breakpoint
ALTER TABLE "payments"."attempts" ADD COLUMN "trace" text;