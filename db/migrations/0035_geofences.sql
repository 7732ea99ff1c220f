CREATE TABLE "telematics"."geofences" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"polygon" jsonb NOT NULL,
	"rule" text NOT NULL,
	"vehicle_ids" uuid[],
	"market" text,
	"revision" integer DEFAULT 1 NOT NULL,
	"in_force_from" timestamp (3) with time zone NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "geofences_rule" CHECK ("telematics"."geofences"."rule" in ('stay_inside', 'stay_outside'))
);
--> statement-breakpoint
CREATE INDEX "geofences_created" ON "telematics"."geofences" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "risk_events_geofence" ON "telematics"."risk_events" USING btree (("details" ->> 'geofenceId')) WHERE "telematics"."risk_events"."ended_at" is null and "telematics"."risk_events"."details" ? 'geofenceId';