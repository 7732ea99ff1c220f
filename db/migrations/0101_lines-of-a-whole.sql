DROP INDEX "payments"."taken_back_lines_transfer";--> statement-breakpoint
ALTER TABLE "payments"."taken_back_lines" ADD COLUMN "place" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "taken_back_lines_transfer" ON "payments"."taken_back_lines" USING btree ("transfer_id","place");