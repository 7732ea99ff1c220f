CREATE TABLE "telematics"."location_views" (
	"id" uuid PRIMARY KEY NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"lease_id" uuid NOT NULL,
	"viewer_id" uuid NOT NULL,
	"role" text NOT NULL,
	"what" text NOT NULL,
	"reason" text,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "location_views_lease" ON "telematics"."location_views" USING btree ("lease_id","at","id");--> statement-breakpoint
CREATE INDEX "location_views_at" ON "telematics"."location_views" USING btree ("at");