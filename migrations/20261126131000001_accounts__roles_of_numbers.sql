-- Up Migration

-- A technician can become an admin, and a technician again, under the same number. So a CUS number is a customer's and a
-- customer has one, a technician has a TEC number, and an account with a TEC number is a technician or an admin. All rows
-- fit, because the check before was stricter. Existing rows are checked by the next migration, which does not lock out
-- readers and writers.
alter table accounts drop constraint accounts_account_id_check;
alter table accounts add constraint accounts_account_id_check check (
  (account_id ~* '^CUS[0-9]+$') = (role = 'customer')
  and (role <> 'technician' or account_id ~* '^TEC[0-9]+$')) not valid;

-- Down Migration

-- Fails while a technician is an admin: make them a technician again first.
alter table accounts drop constraint accounts_account_id_check;
alter table accounts add constraint accounts_account_id_check check (
  (account_id ~* '^(CUS|TEC)[0-9]+$') = (role <> 'admin'));
