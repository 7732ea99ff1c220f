CREATE TABLE "payments"."lacking_payments" (
	"payment_id" uuid PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"market" text NOT NULL,
	"date" date NOT NULL
);
--> statement-breakpoint
CREATE INDEX "lacking_payments_day" ON "payments"."lacking_payments" USING btree ("provider","market","date");