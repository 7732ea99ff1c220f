CREATE TABLE "payments"."queues" (
	"provider" text NOT NULL,
	"market" char(2) NOT NULL,
	"next_ms" double precision NOT NULL,
	"taken" bigint NOT NULL,
	CONSTRAINT "queues_provider_market_pk" PRIMARY KEY("provider","market")
);
--> statement-breakpoint
CREATE TABLE "payments"."turns" (
	"attempt_id" uuid PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"market" char(2) NOT NULL,
	"number" bigint NOT NULL,
	"at_ms" double precision NOT NULL,
	"ends_ms" double precision NOT NULL
);
--> statement-breakpoint
CREATE INDEX "turns_queue" ON "payments"."turns" USING btree ("provider","market","at_ms");