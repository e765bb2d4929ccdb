-- Up Migration

-- Who of the staff is at a ticket right now: a lease of half a minute, which heartbeats renew. Unlogged: after a crash
-- everybody is gone for a moment. No key of another table but the tenant's, because a lease must lock no ticket and no
-- account. No index on the end of the lease, so that a heartbeat renews it in its place; the table is small.
create unlogged table ticket_presence (
  tenant_id integer not null,
  -- The final target, when the ticket is merged.
  ticket_number bigint not null,
  account_id text not null,
  state text not null,
  since timestamp(3) with time zone not null,
  until timestamp(3) with time zone not null,
  constraint ticket_presence_pkey primary key (tenant_id, ticket_number, account_id),
  constraint ticket_presence_state_check check (state in ('viewing', 'replying')),
  constraint ticket_presence_tenant_id_fkey foreign key (tenant_id) references tenants (tenant_id)
);

-- Down Migration

drop table ticket_presence;
