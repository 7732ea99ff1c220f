DROP INDEX "vehicles"."vehicles_plate";--> statement-breakpoint
DROP INDEX "vehicles"."vehicles_registration";--> statement-breakpoint
CREATE UNIQUE INDEX "vehicles_registration" ON "vehicles"."vehicles" USING btree ("market",upper(regexp_replace("registration", '[^A-Za-z0-9]', '', 'g')));