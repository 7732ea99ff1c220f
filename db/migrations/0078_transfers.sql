CREATE TABLE "leases"."tenures" (
	"lease_id" uuid NOT NULL,
	"customer_id" uuid NOT NULL,
	"since" timestamp (3) with time zone,
	"until" timestamp (3) with time zone NOT NULL,
	"signed_name" text,
	"signed_at" timestamp (3) with time zone,
	"total_price" bigint NOT NULL,
	"paid" bigint NOT NULL,
	"outstanding" bigint NOT NULL,
	"fees_paid" bigint NOT NULL,
	"owned_percent" integer NOT NULL,
	CONSTRAINT "tenures_lease_id_until_pk" PRIMARY KEY("lease_id","until"),
	CONSTRAINT "tenures_time" CHECK ("leases"."tenures"."since" is null or "leases"."tenures"."since" < "leases"."tenures"."until"),
	CONSTRAINT "tenures_amounts" CHECK ("leases"."tenures"."paid" >= 0 and "leases"."tenures"."outstanding" >= 0 and "leases"."tenures"."paid" + "leases"."tenures"."outstanding" = "leases"."tenures"."total_price")
);
--> statement-breakpoint
CREATE TABLE "leases"."transfers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"from_customer_id" uuid NOT NULL,
	"status" text NOT NULL,
	"phone_encrypted" text,
	"phone_hash" text,
	"proposed_by" uuid NOT NULL,
	"is_estate" boolean DEFAULT false NOT NULL,
	"agreed_at" timestamp (3) with time zone,
	"to_customer_id" uuid,
	"signed_name" text,
	"accepted_at" timestamp (3) with time zone,
	"payment_method_id" uuid,
	"credit" jsonb,
	"paid" bigint,
	"outstanding" bigint,
	"decided_by" uuid,
	"reason" text,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "transfers_status" CHECK ("leases"."transfers"."status" in ('proposed', 'accepted', 'completed', 'declined', 'refused', 'withdrawn', 'rejected', 'lapsed')),
	CONSTRAINT "transfers_completed" CHECK ("leases"."transfers"."status" <> 'completed' or ("leases"."transfers"."to_customer_id" is not null and "leases"."transfers"."paid" >= 0 and "leases"."transfers"."outstanding" > 0))
);
--> statement-breakpoint
ALTER TABLE "leases"."leases" ADD COLUMN "transferred_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "leases"."tenures" ADD CONSTRAINT "tenures_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases"."tenures" ADD CONSTRAINT "tenures_customer_id_users_id_fk" FOREIGN KEY ("customer_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases"."transfers" ADD CONSTRAINT "transfers_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases"."transfers" ADD CONSTRAINT "transfers_from_customer_id_users_id_fk" FOREIGN KEY ("from_customer_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases"."transfers" ADD CONSTRAINT "transfers_to_customer_id_users_id_fk" FOREIGN KEY ("to_customer_id") REFERENCES "identity"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "tenures_customer" ON "leases"."tenures" USING btree ("customer_id");--> statement-breakpoint
CREATE UNIQUE INDEX "transfers_one_per_lease" ON "leases"."transfers" USING btree ("lease_id") WHERE "leases"."transfers"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "transfers_phone" ON "leases"."transfers" USING btree ("phone_hash");--> statement-breakpoint
CREATE INDEX "transfers_from" ON "leases"."transfers" USING btree ("from_customer_id","created_at");--> statement-breakpoint
CREATE INDEX "transfers_to" ON "leases"."transfers" USING btree ("to_customer_id","created_at");--> statement-breakpoint
CREATE INDEX "transfers_created" ON "leases"."transfers" USING btree ("created_at");