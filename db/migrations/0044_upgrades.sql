CREATE TABLE "leases"."upgrades" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"customer_id" uuid NOT NULL,
	"status" text NOT NULL,
	"new_lease_id" uuid NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"payment_method_id" uuid NOT NULL,
	"plan" jsonb NOT NULL,
	"currency" char(3) NOT NULL,
	"price" bigint NOT NULL,
	"trade_in" bigint NOT NULL,
	"settlement" bigint NOT NULL,
	"deposit" bigint NOT NULL,
	"payout" bigint NOT NULL,
	"instalment" bigint NOT NULL,
	"total" bigint NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"accepted_at" timestamp (3) with time zone,
	"signed_name" text,
	"credit" jsonb,
	"inspected_at" timestamp (3) with time zone,
	"inspected_by" uuid,
	"odometer_km" integer,
	"reason" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "upgrades_status" CHECK ("leases"."upgrades"."status" in ('quoted', 'referred', 'approved', 'inspected', 'completed', 'declined', 'cancelled', 'lapsed')),
	CONSTRAINT "upgrades_amounts" CHECK ("leases"."upgrades"."deposit" > 0 and "leases"."upgrades"."payout" >= 0 and "leases"."upgrades"."settlement" >= 0 and "leases"."upgrades"."trade_in" > 0)
);
--> statement-breakpoint
ALTER TABLE "leases"."settlement_quotes" ADD COLUMN "upgrade_id" uuid;--> statement-breakpoint
ALTER TABLE "leases"."upgrades" ADD CONSTRAINT "upgrades_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "upgrades_one_per_lease" ON "leases"."upgrades" USING btree ("lease_id") WHERE "leases"."upgrades"."ended_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "upgrades_new_lease" ON "leases"."upgrades" USING btree ("new_lease_id");--> statement-breakpoint
CREATE INDEX "upgrades_customer" ON "leases"."upgrades" USING btree ("customer_id","created_at");--> statement-breakpoint
CREATE INDEX "upgrades_created" ON "leases"."upgrades" USING btree ("created_at");