CREATE SEQUENCE "events"."positions" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "events"."readers" (
	"name" text NOT NULL,
	"subject" uuid,
	"position" bigint NOT NULL,
	"failing_since" timestamp (3) with time zone,
	"retry_at" timestamp (3) with time zone,
	CONSTRAINT "readers_name_subject" UNIQUE NULLS NOT DISTINCT("name","subject")
);--> statement-breakpoint
ALTER TABLE "events"."outbox" ADD COLUMN "position" bigint;--> statement-breakpoint
-- What was published before is behind the relay, what was not comes next.
WITH placed AS MATERIALIZED (
  SELECT number, nextval('events.positions') AS position
  FROM (SELECT number FROM events.outbox WHERE published_at IS NOT NULL ORDER BY number) published
)
UPDATE events.outbox o SET position = placed.position FROM placed WHERE o.number = placed.number;--> statement-breakpoint
INSERT INTO events.readers (name, position)
  SELECT name, coalesce((SELECT max(position) FROM events.outbox), 0) FROM unnest(array['relay', 'leases']) AS name;--> statement-breakpoint
-- Of what was published its lease may not have been told yet: it hears of its vehicle from there on.
INSERT INTO events.readers (name, subject, position, failing_since, retry_at)
  SELECT 'leases', o.subject, min(o.position) - 1, now(), now()
  FROM telematics.risk_events r
  JOIN events.outbox o ON o.subject = r.vehicle_id AND o.type = 'telematics.risk.detected' AND o.data ->> 'id' = r.id::text
  WHERE r.signalled_at IS NULL AND r.lease_id IS NOT NULL AND o.position IS NOT NULL
  GROUP BY o.subject;--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_position" ON "events"."outbox" USING btree ("position");--> statement-breakpoint
CREATE INDEX "outbox_unseen" ON "events"."outbox" USING btree ("number") WHERE "events"."outbox"."position" is null;--> statement-breakpoint
CREATE INDEX "outbox_created" ON "events"."outbox" USING btree ("created_at");--> statement-breakpoint
DROP INDEX "events"."outbox_unpublished";--> statement-breakpoint
DROP INDEX "events"."outbox_published";--> statement-breakpoint
DROP INDEX "telematics"."risk_events_unsignalled";
