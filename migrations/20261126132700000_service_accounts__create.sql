-- Up Migration

-- What only accounts of programs have. The category decides which tickets one of the role technician sees.
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

-- Down Migration

drop table service_accounts;
