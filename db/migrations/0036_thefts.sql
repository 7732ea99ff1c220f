CREATE TABLE "leases"."thefts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"stolen_at" timestamp (3) with time zone NOT NULL,
	"police_reference" text,
	"reported_at" timestamp (3) with time zone NOT NULL,
	"recovered_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "vehicles"."plans" ADD COLUMN "theft_pause_days" integer DEFAULT 30;--> statement-breakpoint
ALTER TABLE "leases"."thefts" ADD CONSTRAINT "thefts_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "thefts_lease" ON "leases"."thefts" USING btree ("lease_id","reported_at");