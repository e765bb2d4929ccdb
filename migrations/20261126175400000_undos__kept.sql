-- Up Migration

-- A row whose change was taken back stays, because customers no longer read the texts of such a change. The others are
-- deleted after a day, so only they are in the index.
drop index undos_created;
create index undos_created on undos (created_at) where undone_at is null;

-- Down Migration

drop index undos_created;
create index undos_created on undos (created_at);
