-- Up Migration

-- How people want to be told, where they chose something else than a mail at once. The kinds and ways are checked by the
-- program, because more may come.
create table notification_choices (
  tenant_id integer not null references tenants (tenant_id),
  account_id text not null,
  kind text not null,
  way text not null,
  primary key (tenant_id, account_id, kind),
  constraint notification_choices_account_fkey foreign key (tenant_id, account_id) references accounts (tenant_id, account_id)
);

-- Down Migration

drop table notification_choices;
