-- Up Migration
-- Refresh secrets are marked from now on, so the program recognizes each that it ever gave out. A secret of before has
-- no mark: the hash of the last of them stays, so that its second use still ends the session.
alter table sessions add column unmarked_refresh_hash bytea;

-- Down Migration
alter table sessions drop column unmarked_refresh_hash;
