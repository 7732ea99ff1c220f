ALTER TABLE "telematics"."unit_words" ADD COLUMN "tries" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "telematics"."unit_words" ADD COLUMN "failed_by" text;--> statement-breakpoint
ALTER TABLE "telematics"."unit_words" ADD COLUMN "set_aside_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "telematics"."unit_words" ADD COLUMN "letter_id" uuid DEFAULT gen_random_uuid() NOT NULL;--> statement-breakpoint
CREATE INDEX "unit_words_set_aside" ON "telematics"."unit_words" USING btree ("set_aside_at") WHERE "telematics"."unit_words"."set_aside_at" is not null;