-- Up Migration

-- Service accounts: accounts of programs, without an address, a sign-in name and a password. A constant default does not
-- rewrite the table. Existing rows fit the checks; the next migration validates them without locking out anybody.
alter table accounts add column kind text not null default 'person';
alter table accounts alter column email drop not null;
alter table accounts alter column sign_in_name drop not null;
alter table accounts drop constraint accounts_account_id_check;
alter table accounts add constraint accounts_account_id_check check (
  (account_id ~* '^CUS[0-9]+$') = (role = 'customer')
  and (role <> 'technician' or account_id ~* '^TEC[0-9]+$' or kind = 'service')) not valid;
alter table accounts add constraint accounts_kind_check check (
  case kind
    when 'person' then email is not null and sign_in_name is not null
    when 'service' then email is null and typed_email is null and sign_in_name is null and password_hash is null
      and role <> 'customer' and status <> 'invited' and account_id ~ '^SVC[0-9]+$'
    else false end) not valid;

-- What only service accounts have. The category decides which tickets one of the role technician sees.
create table service_accounts (
  tenant_id integer not null,
  service_number bigint not null,
  service_id text not null generated always as (public_id('SVC', service_number)) stored,
  category text,
  created_by text not null,
  constraint service_accounts_pkey primary key (tenant_id, service_number),
  constraint service_accounts_service_id_key unique (tenant_id, service_id),
  constraint service_accounts_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id),
  constraint service_accounts_account_fkey foreign key (tenant_id, service_id) references accounts (tenant_id, account_id),
  constraint service_accounts_created_by_fkey foreign key (tenant_id, created_by)
    references accounts (tenant_id, account_id)
);

alter table counters drop constraint counters_name_check;
alter table counters add constraint counters_name_check check (
  name in ('ticket', 'customer', 'technician', 'service'));
insert into counters (tenant_id, name) select t.tenant_id, 'service' from tenants t;

-- Down Migration

-- Fails while there is a service account, because events tell of it.
delete from counters where name = 'service';
alter table counters drop constraint counters_name_check;
alter table counters add constraint counters_name_check check (name in ('ticket', 'customer', 'technician'));
drop table service_accounts;
alter table accounts drop constraint accounts_kind_check;
alter table accounts drop constraint accounts_account_id_check;
alter table accounts add constraint accounts_account_id_check check (
  (account_id ~* '^CUS[0-9]+$') = (role = 'customer')
  and (role <> 'technician' or account_id ~* '^TEC[0-9]+$'));
alter table accounts alter column sign_in_name set not null;
alter table accounts alter column email set not null;
alter table accounts drop column kind;
