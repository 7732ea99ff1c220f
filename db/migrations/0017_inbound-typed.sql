CREATE INDEX "inbound_typed" ON "payments"."inbound" USING btree (upper(regexp_replace("account", '[^A-Za-z0-9]', '', 'g'))) WHERE "payments"."inbound"."status" in ('announced', 'suspense');
