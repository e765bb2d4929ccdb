import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { moment } from '../../../platform/schemas.ts'
import { endpoint } from '../accounts/declare-endpoint.ts'
import { codeErrors } from '../sign-in/prove-again.service.ts'
import {
  ApiToken,
  ApiTokenList,
  ApiTokenParams,
  ApiTokenQuery,
  CreateApiToken,
  CreatedApiToken,
  daysAtMost,
  daysByDefault,
  tokensAtMost,
  UpdateApiToken,
} from './api-tokens.schemas.ts'
import {
  createTokenFor,
  getToken,
  listVisibleTokens,
  renameToken,
  revokeToken,
  tokenOrder,
} from './api-tokens.service.ts'

const tag = 'API tokens'
const tokenKey = z.tuple([moment, z.uuid()])

export const apiTokenRoutes = [
  endpoint({
    id: 'listApiTokens',
    method: 'get',
    path: '/api-tokens',
    can: 'api-token:own',
    needsSession: true,
    tag,
    summary: 'List API tokens',
    description: 'The newest first: your own tokens, and for admins also those of others. The secret is never shown.',
    query: ApiTokenQuery,
    responds: { 200: ApiTokenList },
    handle: async ({ app, actor, query }) => {
      const request = pageRequest(query, tokenOrder, tokenKey)
      const { rows, page } = await listVisibleTokens(app, actor, query, request)
      return { api_tokens: rows, page }
    },
  }),
  endpoint({
    id: 'createApiToken',
    method: 'post',
    path: '/api-tokens',
    can: 'api-token:own',
    needsSession: true,
    tag,
    summary: 'Create an API token for a program that acts for you',
    description:
      `The token is shown in this answer only. It may do what its scopes name and your role may do. It expires in ${daysByDefault} ` +
      `days, or when you say, within ${daysAtMost} days. An account has at most ${tokensAtMost} tokens.`,
    body: CreateApiToken,
    responds: { 201: CreatedApiToken },
    responseHeaders: { Location: 'The path of the new token.' },
    mixesSecrets: true,
    secretAnswer: { without: 'token' },
    fails: ['too_many_api_tokens', 'email_not_confirmed', ...codeErrors],
    signInLimit: { account: null, kind: 'proof' },
    handle: (call) => createTokenFor(call.app, call, call.actor.accountId, call.body),
    answer: (made) => ({ status: 201, body: made, headers: { Location: `/api/api-tokens/${made.token_id}` } }),
  }),
  endpoint({
    id: 'getApiToken',
    method: 'get',
    path: '/api-tokens/:tokenId',
    can: 'api-token:own',
    needsSession: true,
    tag,
    summary: 'Read an API token, without its secret',
    params: ApiTokenParams,
    responds: { 200: ApiToken },
    fails: ['api_token_not_found'],
    handle: ({ app, actor, params }) => getToken(app.pool, actor, params.tokenId),
  }),
  endpoint({
    id: 'renameApiToken',
    method: 'patch',
    path: '/api-tokens/:tokenId',
    can: 'api-token:own',
    needsSession: true,
    tag,
    summary: 'Give an API token another name',
    description: 'Nothing else of a token can be changed. Create another token, and revoke this one.',
    params: ApiTokenParams,
    body: UpdateApiToken,
    responds: { 200: ApiToken },
    fails: ['api_token_not_found'],
    handle: (call) => renameToken(call.app, call, call.params.tokenId, call.body.name),
  }),
  endpoint({
    id: 'revokeApiToken',
    method: 'delete',
    path: '/api-tokens/:tokenId',
    can: 'api-token:own',
    needsSession: true,
    tag,
    summary: 'Revoke an API token',
    description: 'The token ends at once. Admins may revoke those of others.',
    params: ApiTokenParams,
    responds: { 204: null },
    fails: ['api_token_not_found'],
    handle: (call) => revokeToken(call.app, call, call.params.tokenId),
  }),
]
