-- Up Migration

-- Reads the table, and writes nothing.
alter table accounts validate constraint accounts_account_id_check;
alter table accounts validate constraint accounts_kind_check;

-- Down Migration

alter table accounts drop constraint accounts_account_id_check;
alter table accounts add constraint accounts_account_id_check check (
  (account_id ~* '^CUS[0-9]+$') = (role = 'customer')
  and (role <> 'technician' or account_id ~* '^TEC[0-9]+$' or kind = 'service')) not valid;
alter table accounts drop constraint accounts_kind_check;
alter table accounts add constraint accounts_kind_check check (
  case kind
    when 'person' then email is not null and sign_in_name is not null
    when 'service' then email is null and typed_email is null and sign_in_name is null and password_hash is null
      and role <> 'customer' and status <> 'invited' and account_id ~ '^SVC[0-9]+$'
    else false end) not valid;
