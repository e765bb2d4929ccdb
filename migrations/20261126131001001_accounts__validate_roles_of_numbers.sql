-- Up Migration

-- Reads the table once, and writes nothing.
alter table accounts validate constraint accounts_account_id_check;

-- Down Migration

alter table accounts drop constraint accounts_account_id_check;
alter table accounts add constraint accounts_account_id_check check (
  (account_id ~* '^CUS[0-9]+$') = (role = 'customer')
  and (role <> 'technician' or account_id ~* '^TEC[0-9]+$')) not valid;
