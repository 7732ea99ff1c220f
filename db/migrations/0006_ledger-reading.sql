DROP INDEX "ledger"."transfers_date";--> statement-breakpoint
CREATE INDEX "accounts_list" ON "ledger"."accounts" USING btree ("name" collate "C","id");--> statement-breakpoint
CREATE INDEX "transfers_day" ON "ledger"."transfers" USING btree ("business_date","number");