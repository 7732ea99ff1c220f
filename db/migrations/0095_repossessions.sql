CREATE TABLE "leases"."demands" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_id" uuid NOT NULL,
	"customer_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"currency" char(3) NOT NULL,
	"amount" bigint NOT NULL,
	"demanded_on" date NOT NULL,
	"until" date NOT NULL,
	"language" char(2) NOT NULL,
	"code" text NOT NULL,
	"sha256" char(64) NOT NULL,
	"signature" text NOT NULL,
	"pdf_encrypted" "bytea",
	"key_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "demands_days" CHECK ("leases"."demands"."until" >= "leases"."demands"."demanded_on" and "leases"."demands"."amount" > 0)
);
--> statement-breakpoint
CREATE TABLE "leases"."repossessions" (
	"lease_id" uuid PRIMARY KEY NOT NULL,
	"vehicle_id" uuid NOT NULL,
	"status" text NOT NULL,
	"held_at" timestamp (3) with time zone NOT NULL,
	"costs" bigint DEFAULT 0 NOT NULL,
	"cost_ids" uuid[] DEFAULT '{}' NOT NULL,
	"proceeds" bigint,
	"surplus" bigint,
	"shortfall" bigint,
	"is_shortfall_owed" boolean,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "repossessions_ended" CHECK (("leases"."repossessions"."status" = 'held') = ("leases"."repossessions"."ended_at" is null)),
	CONSTRAINT "repossessions_sold" CHECK (("leases"."repossessions"."status" = 'sold') = (num_nulls("leases"."repossessions"."proceeds", "leases"."repossessions"."surplus", "leases"."repossessions"."shortfall", "leases"."repossessions"."is_shortfall_owed") = 0))
);
--> statement-breakpoint
ALTER TABLE "telematics"."market_rules" ADD COLUMN "is_shortfall_owed" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "leases"."demands" ADD CONSTRAINT "demands_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leases"."repossessions" ADD CONSTRAINT "repossessions_lease_id_leases_id_fk" FOREIGN KEY ("lease_id") REFERENCES "leases"."leases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "demands_code" ON "leases"."demands" USING btree ("code");--> statement-breakpoint
CREATE UNIQUE INDEX "demands_once" ON "leases"."demands" USING btree ("lease_id","kind","demanded_on");--> statement-breakpoint
CREATE INDEX "demands_customer" ON "leases"."demands" USING btree ("customer_id","created_at");--> statement-breakpoint
CREATE INDEX "demands_created" ON "leases"."demands" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "repossessions_held" ON "leases"."repossessions" USING btree ("held_at") WHERE "leases"."repossessions"."status" = 'held';