-- Up Migration

-- The span of the request or job that wrote the event, as W3C Trace Context names it: what follows from the event in another
-- process is of the same trace. Null when traces are off. It says nothing about what happened, so the chain leaves it out.
alter table events add column traceparent text;

-- Down Migration

alter table events drop column traceparent;
