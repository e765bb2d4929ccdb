-- Up Migration

-- The events of an actor, by type: the audit asks for both, or merges the newest of each type. It stands in for the index
-- without the type, so writing an event costs no more.
drop index events_by_actor;
create index events_by_actor on events (tenant_id, actor_id, type, occurred_at, position) where position is not null;

-- Down Migration

drop index events_by_actor;
create index events_by_actor on events (tenant_id, actor_id, occurred_at, position) where position is not null;
