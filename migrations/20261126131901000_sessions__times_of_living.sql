-- Up Migration

-- Writes the rows of living sessions once, some 100,000 a second, so that lists of them say when they began. The rows of
-- ended sessions stay, because nobody reads them.
update sessions set started_at = created_at, last_used_at = refreshed_at
where revoked_at is null and expires_at > now();
alter table sessions validate constraint sessions_kind_check;

-- Down Migration

alter table sessions drop constraint sessions_kind_check;
alter table sessions add constraint sessions_kind_check check (kind in ('bearer', 'cookie')) not valid;
