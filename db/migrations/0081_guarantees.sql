CREATE TABLE "leases"."guarantees" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"customer_id" uuid NOT NULL,
	"guarantor_id" uuid NOT NULL,
	"is_made_for_it" boolean NOT NULL,
	"status" text NOT NULL,
	"cap" bigint NOT NULL,
	"invited_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"consented_at" timestamp (3) with time zone,
	"signed_name" text,
	"called_for" date,
	"called_on" date,
	"calls" integer DEFAULT 0 NOT NULL,
	"reason" text,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "guarantees_status" CHECK ("leases"."guarantees"."status" in ('invited', 'consented', 'refused', 'withdrawn', 'released', 'lapsed')),
	CONSTRAINT "guarantees_cap" CHECK ("leases"."guarantees"."cap" > 0),
	CONSTRAINT "guarantees_called" CHECK ("leases"."guarantees"."calls" = 0 or "leases"."guarantees"."consented_at" is not null)
);
--> statement-breakpoint
ALTER TABLE "vehicles"."plans" ADD COLUMN "guarantor_after_days_past_due" integer DEFAULT 14 NOT NULL;--> statement-breakpoint
ALTER TABLE "vehicles"."plans" ADD COLUMN "guarantor_percent" integer DEFAULT 30 NOT NULL;--> statement-breakpoint
ALTER TABLE "leases"."guarantees" ADD CONSTRAINT "guarantees_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases"."guarantees" ADD CONSTRAINT "guarantees_customer_id_users_id_fk" FOREIGN KEY ("customer_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases"."guarantees" ADD CONSTRAINT "guarantees_guarantor_id_users_id_fk" FOREIGN KEY ("guarantor_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "guarantees_once" ON "leases"."guarantees" USING btree ("lease_id","guarantor_id");--> statement-breakpoint
CREATE INDEX "guarantees_guarantor" ON "leases"."guarantees" USING btree ("guarantor_id");--> statement-breakpoint
CREATE INDEX "guarantees_customer" ON "leases"."guarantees" USING btree ("customer_id");--> statement-breakpoint
CREATE INDEX "guarantees_invited" ON "leases"."guarantees" USING btree ("invited_at","id");