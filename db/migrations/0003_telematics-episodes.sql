ALTER TABLE "telematics"."risk_events" ADD COLUMN "ended_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "telematics"."trackers" ADD COLUMN "credential_version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
CREATE INDEX "risk_events_tracker" ON "telematics"."risk_events" USING btree ("tracker_id","created_at");--> statement-breakpoint
CREATE INDEX "trackers_online" ON "telematics"."trackers" USING btree ("last_seen_at") WHERE "telematics"."trackers"."online";--> statement-breakpoint
-- Wakes the relay when what it has to send is committed; many events of one transaction wake it once.
CREATE FUNCTION events.notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('outbox', '');
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER outbox_notify AFTER INSERT ON events.outbox FOR EACH STATEMENT EXECUTE FUNCTION events.notify_outbox();
