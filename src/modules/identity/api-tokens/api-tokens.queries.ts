import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import { allOf, type Db, exec, many, maybeOne, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { isUnconfirmed } from '../accounts/accounts.steps.ts'
import type { Act, User } from '../accounts/actor.ts'
import { visibleTokens } from './api-tokens.policy.ts'
import { ApiToken, type ApiTokenFilter, type CreateApiToken, daysByDefault } from './api-tokens.schemas.ts'

const tokenColumns = sql`k.token_id, k.account_id, k.name, k.hint, k.scopes, k.allowed_addresses, k.created_at, k.created_by,
  k.expires_at, k.last_used_at`

/** The account `a` of a token `k`. */
const withAccount = sql`join accounts a on a.tenant_id = k.tenant_id and a.account_id = k.account_id`

/** A condition: the account `a` has not ended the token `k`, by a deactivation or a reset of the password. */
const isOfAccount = sql`a.status <> 'deactivated' and k.account_version = a.api_token_version`

const Holder = z.object({ account_id: z.string(), role: Role, api_token_version: z.int(), is_unconfirmed: z.boolean() })
export type Holder = z.output<typeof Holder>

/** Locks an active account until the transaction ends. Null when it is not active. */
export const lockHolder = (tx: Tx, tenantId: number, accountId: string): Promise<Holder | null> =>
  maybeOne(
    tx,
    Holder,
    sql`select a.account_id, a.role, a.api_token_version, ${isUnconfirmed} as is_unconfirmed from accounts a
        where a.tenant_id = ${tenantId} and a.account_id = ${accountId} and a.status = 'active'
        for no key update`,
  )

const Standing = z.object({ tokens: z.int(), is_session_living: z.boolean() })

/**
 * How many living tokens a locked account has, and whether the session that asks for one more has not ended meanwhile.
 */
export const getStanding = (
  tx: Tx,
  tenantId: number,
  { account_id: accountId, api_token_version: version }: Holder,
  sessionId: string,
): Promise<z.output<typeof Standing>> =>
  one(
    tx,
    Standing,
    sql`select (
            select count(*)::integer from api_tokens k
            where k.tenant_id = ${tenantId} and k.account_id = ${accountId} and k.account_version = ${version}
              and k.expires_at > now()) as tokens,
          exists (
            select from sessions s
            where s.tenant_id = ${tenantId} and s.session_id = ${sessionId} and s.revoked_at is null
          ) as is_session_living`,
  )

/** A token to write: what was asked for, and of the secret its hash and hint. */
export interface NewToken extends Omit<CreateApiToken, 'second_factor_code'> {
  hash: Buffer
  hint: string
}

/** Writes a token, and the event. */
export const insertToken = (
  tx: Tx,
  act: Act<User>,
  { account_id: accountId, api_token_version: version }: Holder,
  { name, scopes, allowed_addresses = [], expires_at, hash, hint }: NewToken,
): Promise<ApiToken> => {
  const { actor, requestId, address, userAgent } = act
  return one(
    tx,
    ApiToken,
    sql`with k as (
          insert into api_tokens (tenant_id, account_id, account_version, name, hint, token_hash, scopes,
            allowed_addresses, created_by, expires_at)
          values (${actor.tenantId}, ${accountId}, ${version}, ${name}, ${hint}, ${hash}, ${scopes}::text[],
            ${allowed_addresses}::text[], ${actor.accountId},
            coalesce(${expires_at ?? null}::timestamptz, now() + make_interval(days => ${daysByDefault})))
          returning *),
        logged as (${appendEventsFrom({
          tenantId: sql`${actor.tenantId}::integer`,
          type: 'api_token.created',
          subjectId: sql`k.account_id`,
          actorId: sql`${actor.accountId}`,
          actorRole: sql`${actor.role}`,
          details: {
            ...(address === undefined ? {} : { address: sql`${address}::text` }),
            ...(userAgent ? { user_agent: sql`${userAgent}::text` } : {}),
            token_id: sql`k.token_id`,
            name: sql`k.name`,
            hint: sql`k.hint`,
            scopes: sql`k.scopes`,
            expires_at: sql`${isoTime(sql`k.expires_at`)}`,
          },
          requestId: sql`${requestId}`,
          from: sql`from k`,
        })})
        select ${tokenColumns} from k`,
  )
}

/** A time in ISO 8601, UTC, with milliseconds. */
const isoTime = (time: Sql): Sql => sql`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/** One more than `limit` of the tokens that the actor sees, the newest first. */
export const listTokens = (
  db: Db,
  actor: User,
  { account_id: accountId, everyone }: ApiTokenFilter,
  { limit, after }: PageRequest<[createdAt: string, tokenId: string]>,
): Promise<ApiToken[]> => {
  const conditions: Sql[] = [sql`k.tenant_id = ${actor.tenantId}`, visibleTokens(actor), isOfAccount]
  const ofWhom = accountId ?? (everyone ? undefined : actor.accountId)
  if (ofWhom !== undefined) conditions.push(sql`k.account_id = ${ofWhom}`)
  if (after !== null) {
    conditions.push(sql`(k.created_at, k.token_id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`)
  }
  return many(
    db,
    ApiToken,
    sql`select ${tokenColumns} from api_tokens k ${withAccount}
        where ${allOf(conditions)}
        order by k.created_at desc, k.token_id desc limit ${limit + 1}`,
  )
}

const theToken = (actor: User, tokenId: string): Sql =>
  sql`k.tenant_id = ${actor.tenantId} and k.token_id = ${tokenId} and ${visibleTokens(actor)}`

export const findToken = (db: Db, actor: User, tokenId: string): Promise<ApiToken | null> =>
  maybeOne(
    db,
    ApiToken,
    sql`select ${tokenColumns} from api_tokens k ${withAccount} where ${theToken(actor, tokenId)} and ${isOfAccount}`,
  )

/** Locks a token until the transaction ends. */
export const lockToken = (tx: Tx, actor: User, tokenId: string): Promise<ApiToken | null> =>
  maybeOne(
    tx,
    ApiToken,
    sql`select ${tokenColumns} from api_tokens k ${withAccount} where ${theToken(actor, tokenId)} and ${isOfAccount}
        for update of k`,
  )

export const updateTokenName = (tx: Tx, tenantId: number, tokenId: string, name: string): Promise<number> =>
  exec(tx, sql`update api_tokens set name = ${name} where tenant_id = ${tenantId} and token_id = ${tokenId}`)

export const deleteToken = (tx: Tx, tenantId: number, tokenId: string): Promise<number> =>
  exec(tx, sql`delete from api_tokens where tenant_id = ${tenantId} and token_id = ${tokenId}`)

/**
 * Deletes at most `limit` tokens that expired a week ago, or that their account has ended. There are few tokens, so all
 * are looked at.
 */
export const deleteDeadTokens = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    sql`delete from api_tokens d where d.ctid = any (array(
          select k.ctid from api_tokens k ${withAccount}
          where k.expires_at < now() - interval '7 days' or not (${isOfAccount}) limit ${limit} for update of k skip locked))`,
  )
