-- Up Migration
-- New tickets wait in the index's pending list, and whoever fills it merges it: at 4 MB, the default, one ticket in some
-- three thousand waited for that, and all those behind it. Small merges cost the same in all and nobody notices them.
alter index tickets_search set (gin_pending_list_limit = 256);

-- Down Migration
alter index tickets_search reset (gin_pending_list_limit);
