-- Up Migration

-- The first answer to each Idempotency-Key, written in the transaction of its change. The answer is encrypted with a key that
-- is made from the request itself, because an answer may hold tokens.
create table idempotency_keys (
  tenant_id integer not null references tenants,
  scope text not null,
  key text not null,
  request_hash bytea not null,
  answer bytea not null,
  created_at timestamptz(3) not null default now(),
  primary key (tenant_id, scope, key)
);
create index idempotency_keys_by_created_at on idempotency_keys (created_at);

-- Down Migration

drop table idempotency_keys;
