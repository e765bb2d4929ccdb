-- Up Migration

-- Settings are members by name, as the program and SQL read them. What is no object holds nothing that either could
-- read, so it counts as nothing set; a later migration adds the check.
update tenants set settings = '{}' where jsonb_typeof(settings) <> 'object';

-- Down Migration

-- The form stays: the version before reads it as well.
