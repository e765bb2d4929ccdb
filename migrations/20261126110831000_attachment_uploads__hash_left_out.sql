-- Up Migration

-- Null until the file has come in and the program has hashed it, when nobody has announced the hash.
alter table attachment_uploads alter column sha256 drop not null;

-- Down Migration

delete from attachment_uploads where sha256 is null;
alter table attachment_uploads alter column sha256 set not null;
