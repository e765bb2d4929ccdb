-- Up Migration
-- New tickets go to the pending list of the index, and the insert that fills the list merges it. With the default of 4 MB, one
-- ticket in about three thousand waited for a merge, and all tickets behind it. Small merges cost the same in total, and no
-- ticket waits for long.
alter index tickets_search set (gin_pending_list_limit = 256);

-- Down Migration
alter index tickets_search reset (gin_pending_list_limit);
