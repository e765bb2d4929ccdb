import { type Sql, sql } from '../../../platform/db/sql.ts'
import { mailChoices } from './mail-choices.ts'

/** The list of choices as a table. */
export const choicesStep: Sql = sql`
  choices as materialized (
    select m.* from unnest(${mailChoices.map(({ type }) => type)}::text[],
      ${mailChoices.map(({ reason }) => reason)}::text[],
      ${mailChoices.map(({ statusAfter }) => statusAfter ?? null)}::text[],
      ${mailChoices.map(({ onlyWhen }) => onlyWhen ?? null)}::text[],
      ${mailChoices.map(({ visibility }) => visibility ?? null)}::text[],
      ${mailChoices.map(({ to }) => to ?? null)}::text[],
      ${mailChoices.map(({ template }) => template)}::text[])
      as m (type, reason, status_after, only_when, visibility, sent_to, template))`

/** A condition: the mail of a choice `m` is for a recipient `w` of an event, at once or in a digest. */
export const isOfRecipient: Sql = sql`m.type = w.type and m.reason = w.reason
  and (m.status_after is null or m.status_after = w.status_after)
  and (m.only_when is null or m.only_when = any (w.cases))
  and (m.visibility is null or m.visibility = w.comment_visibility)`

/** A condition: a recipient `w` of an event gets the mail of a choice `m`, at once. */
export const isChosen: Sql = sql`${isOfRecipient} and w.way = 'mail'`
